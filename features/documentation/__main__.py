"""`python -m features.documentation`: print docs/features.md."""

from features.documentation.feature_page import document

if __name__ == "__main__":
    print(document(), end="")
