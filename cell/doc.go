// Package cell turns cells of a circuit into the engine's plain arrays: morphology and membrane of each cell type
// (Template), the places of synapses as BMTK draws them, and the point processes and connections there (Build).
//
// What it reproduces is BMTK's BioNet on NEURON, to the bit: the same sections, numbers of segments, parameters per
// segment, random places and order of creation. Two things are NEURON's and two are BMTK's:
//
//	Library     NEURON: mechanisms by name, in NEURON's order of evaluation; ions with charge and defaults
//	membrane    NEURON: insert, Ra, cm, RANGE variables, ena and ek per section while each section has one segment
//	Templates   BMTK: model_template and model_processing: axon stubs, parameters of JSON or NeuroML files
//	Build       BMTK: one MT19937 stream per cell, one point process and NetCon per synapse
//
// Units: um, um2, mV, ms, nA, ohm cm, uF/cm2; parameters of mechanisms are in the units of their .mod files.
package cell
