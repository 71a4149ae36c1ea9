// Package examples holds circuits that run at once, and their tests.
//
//	column/    300 cells of four kinds with morphologies, mechanisms and a network made for this project
//	generate/  the program that makes column's morphologies, network and background spikes
package examples
