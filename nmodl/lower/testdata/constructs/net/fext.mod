NEURON { SUFFIX fext GLOBAL scale }
PARAMETER { scale = 2.5 }
