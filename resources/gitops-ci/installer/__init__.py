"""The parts of install.py: Python 3.11 and its standard library, as an agent has nothing else."""
