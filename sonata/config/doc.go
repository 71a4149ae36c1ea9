// Package config reads the JSON documents that describe a SONATA simulation: the simulation config, the circuit config it names, and
// the node sets file. Nothing is executed and no data file is opened; what is checked is what the documents themselves say and whether
// the files they name exist.
//
// Load never stops at the first fault. It returns what it understood together with every Problem it met; a Config is fit for use when
// HasErrors says no.
//
// # Variables
//
// "$NAME" and "${NAME}" inside any string stand for an entry of the manifest of the same file, or for one of the predefined names
// workingdir, configdir, configfname, time, date and datetime. Entries may refer to each other; a circle is an error that names it.
//
// # Several files
//
// The keys "network" and "simulation" name further config files. Their top-level sections replace those of the naming file as a whole
// (a section is never merged entry by entry), which is BMTK's rule.
//
// # Relative paths
//
// A relative path is looked for beside the file it is written in, then beside the main config, then in the working directory. The
// SONATA standard says the first, BMTK does the last. Config.Paths records which one it was.
package config
