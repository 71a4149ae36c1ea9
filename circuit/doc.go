// Package circuit says what exists on this rank: the populations with their gids, the cells a rank owns, the sets of cells that a config
// names, and the edges onto local cells in the order in which BMTK visits them.
//
// # Gids
//
// gid = offset of the population + node id. The offset of a population is the sum of (largest node id + 1) over all populations before
// it, virtual ones included, in the order in which the config lists the files and alphabetically inside a file.
//
// # Order of edges
//
// One random stream per target cell places its synapses, so the order in which a cell's edges are visited decides where they sit:
// first the edges from other cells, edge populations in config order; then input by input (order of the document) the edges of the
// virtual populations that the input names, node populations in config order and their edge populations in config order. Edges of
// virtual populations without an input are never built. Connections returns one Block per visit, in this order.
package circuit
