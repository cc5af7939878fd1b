"""How true numerical derivatives and their error bars are, beside SciPy's and numdifftools'."""
