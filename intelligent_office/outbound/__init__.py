"""The one way out to addresses that a plan, a model or a stranger has named: guarded, limited, and taken down whole."""
