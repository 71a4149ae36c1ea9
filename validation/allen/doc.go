// Package allen holds the tests against BMTK and NEURON on circuits in the Allen dialect of SONATA. The circuits are not
// part of the project; without them the tests skip.
package allen
