// Package morphology turns SWC files into sections and sections into segments, as NEURON 9.0.2 does, with the same
// bits: pt3d coordinates, lengths, areas, diameters, axial resistances and the order of sections and nodes.
//
// The rules are those of NEURON's Import3d and of its treeset.cpp, as measured in semantics/morphology.md and
// semantics/allen.md (Appendix B). What NEURON fails on is refused with file and line; what it accepts silently
// although it is hardly meant gives a Warning.
//
// Lengths are in um, areas in um2, axial resistivities in ohm cm, resistances in MOhm.
package morphology
