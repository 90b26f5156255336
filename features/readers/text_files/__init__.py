"""Readers of text: MatrixMarket folders and dense tables, with the names of genes and cells."""
