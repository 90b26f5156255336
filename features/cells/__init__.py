"""The single pass over a count file and the quality of its cells: before cell typing."""
