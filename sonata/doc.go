// Package sonata reads and writes the containers of the SONATA format: nodes,
// edges, their type tables, spikes and compartment reports. It knows nothing
// of simulations. Errors name the file, the dataset and the row.
//
// # Type tables
//
// node_types.csv and edge_types.csv: one space between cells, double quotes
// around cells with spaces, one row per type id, NULL (and the rest of pandas'
// words) for no value.
//
//	node_type_id model_type  morphology  dynamics_params
//	100          biophysical a.swc       NULL
//
// # Nodes
//
//	/nodes/<population>/
//	    node_id           N   values of the ids; 0, 1, … when absent
//	    node_type_id      N   → row of the types table
//	    node_group_id     N   → group
//	    node_group_index  N   → row of the group's datasets
//	    0/, 1/, …             groups: one dataset per attribute
//	        positions     M×3
//	        <attribute>   M
//	        @library/<attribute>   texts, when the attribute counts into them
//
// An attribute of a node is the dataset of its group, else the column of the
// types table. Groups and attributes of edges work alike.
//
// # Edges
//
//	/edges/<population>/
//	    source_node_id    N   attribute node_population
//	    target_node_id    N   attribute node_population
//	    edge_type_id      N
//	    edge_group_id     N
//	    edge_group_index  N
//	    0/, 1/, …
//	    indices/target_to_source/            ("indicies" in old files)
//	        node_id_to_range   K×2   node k → rows [begin, end) of
//	        range_to_edge_id   L×2   → edges [begin, end)
//
// A rank reads only the edges of its own targets: the ranges of all its
// targets are sorted, joined where they nearly touch, and each dataset is read
// in one ascending sweep, so a compressed chunk is unpacked once.
//
// # Spikes
//
//	/                         attributes magic = 0x0A7A (u32), version = [0, 1] (u32)
//	/spikes/<population>/     attribute sorting: enumeration {none, by_id, by_time}
//	    timestamps        N   float64, attribute units = "ms"
//	    node_ids          N   uint64, attribute sorting: string
//
// Read are also: string and numeric sorting, the flat layout /spikes/gids with
// /spikes/timestamps, and csv files with the columns timestamps, population,
// node_ids. WriteSpikesH5 says why sorting is written twice.
//
// # Compartment reports
//
//	/                         attributes magic, version as above
//	/report/<population>/
//	    data              T×E float64 (or float32), attributes variable, units
//	    mapping/
//	        node_ids      K   uint64, attribute sorted = 1 if ascending
//	        index_pointer K+1 uint64, also named index_pointers: node k has the
//	                          columns index_pointer[k] to index_pointer[k+1]
//	        element_ids   E   uint64: section of each column
//	        element_pos   E   float64: place in the section, 0 to 1
//	        time          3   float64: start, stop, dt; attribute units = "ms"
//	        swc_ids_beg, swc_ids_end, seg_types, …   E   int64
//
// libsonata reads data as float32 only and asks for all units and for the name
// index_pointers; BMTK reads any float and asks for index_pointer. The zero
// ReportOptions writes BMTK's float64.
//
// Files that this package writes hold no times and no traces of how they were
// written: equal content gives equal bytes.
package sonata
