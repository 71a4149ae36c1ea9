// Package sonata reads and writes SONATA containers.
package sonata
