"""Limits of the checks of fit and of blasts, beyond which a row has a warning.

Fit limits were chosen on CAR-T10310322 to 325, CAR-T10484040, CAR-T10484042 and CAR-T10593342 of
CARPALL, at full and at half depth, and reported on CAR-T11141510, pbmc3k and ECCITE-seq
(`benchmarks.other_cells`); those of blasts on samples without leukaemia (`benchmarks.blasts`).
Alone in a module, so that the service has the warnings' texts without the libraries of typing.
"""

# Of the rate table's rate of T-cell genes: healthy samples show 0.54 and more, blasts 0.08.
MIN_T_GENE_RATE = 1 / 3
MAX_WITHOUT_T_GENES = 0.25  # healthy samples show up to 0.16, leukaemic ones 0.42 and 0.88
# Ambient RNA added to seven healthy samples: up to here no fraction of monocytes, T, NK or B cells
# moved by more than 0.03, beyond it one moved by up to 0.11 in the shallow ones.
MAX_AMBIENT = 0.35
# Ambient RNA makes doublets where monocytes are too few to measure it: at 0.06 fractions moved by
# 0.03. Healthy samples have 0.012 and less.
MAX_DOUBLETS = 0.05

# CD34 per 10,000, ten times the highest of the samples without leukaemia (0.07).
HIGH_CD34 = 0.75
MIN_UMIS = 4  # of CD34, or of genes of immature cells; fewer can be chance
# Blasts among leukocytes: at most 0.002 in samples without leukaemia, also in regenerating blood.
MIN_BLASTS, MIN_BLAST_SHARE = 3, 0.005
# HSPC among leukocytes: at most 0.012 in regenerating blood and marrow.
MIN_PROGENITORS, MIN_PROGENITOR_SHARE = 5, 0.03
