/* The few HDF5 operations netsim needs, each as one C call: no HDF5 error
 * stack has to survive between two cgo calls, which may run on two threads.
 * Functions return a negative number on failure; h5b_message() then says why.
 * The caller holds the package's lock. */
#ifndef NETSIM_H5_BRIDGE_H
#define NETSIM_H5_BRIDGE_H

#include <hdf5.h>
#include <stdint.h>
#include <stdlib.h>

#define H5B_MAXRANK 8

/* Element types in memory and in files written. */
enum {
	H5B_F64, H5B_F32, H5B_I64, H5B_U64, H5B_I32, H5B_U32,
	H5B_I16, H5B_U16, H5B_I8, H5B_U8
};

/* Classes of stored elements. */
enum { H5B_INTEGER, H5B_FLOAT, H5B_STRING, H5B_ENUM, H5B_OTHER };

/* What a name leads to. */
enum { H5B_NOTHING, H5B_GROUP, H5B_DATASET, H5B_OTHEROBJECT };

typedef struct {
	int cls;             /* H5B_INTEGER … */
	int is_signed;       /* integers and enums */
	int is_vlen;         /* strings */
	size_t size;         /* bytes of an element */
	int rank;            /* 0 for a scalar, -1 for a null space */
	hsize_t dims[H5B_MAXRANK];
	hsize_t maxdims[H5B_MAXRANK];
	int filters;         /* compression and the like (datasets only) */
	hsize_t chunk[H5B_MAXRANK]; /* all 0 unless chunked (datasets only) */
	uint64_t storage;    /* bytes that the data take in the file (datasets only) */
	int elsewhere;       /* the data stand in other files (datasets only) */
	int compact;         /* the data stand beside the description (datasets only) */
} h5b_info;

const char *h5b_message(void);

hid_t h5b_open(const char *path, int writable);
hid_t h5b_create(const char *path);
int h5b_close(hid_t file);
int h5b_flush(hid_t file);

int h5b_kind(hid_t file, const char *path);
/* Names of a group's links in alphabetical order, each ended by a NUL. */
int h5b_list(hid_t file, const char *path, char **names, size_t *len);
int h5b_group(hid_t file, const char *path);
/* A second name for an object. */
int h5b_link(hid_t file, const char *path, const char *name);

hid_t h5b_dataset(hid_t file, const char *path, h5b_info *info);
int h5b_dataset_close(hid_t dset);
hid_t h5b_dataset_create(hid_t file, const char *path, int type, int rank,
	const hsize_t *dims, const hsize_t *maxdims, const hsize_t *chunk,
	int gzip, int early, h5b_info *info);
int h5b_extend(hid_t dset, const hsize_t *dims);
int h5b_read(hid_t dset, int type, int rank, const hsize_t *start,
	const hsize_t *count, void *buf);
/* Reads n ranges of rows, one after the other, into buf. */
int h5b_read_ranges(hid_t dset, int type, int rank, const hsize_t *dims,
	size_t elemsize, size_t n, const uint64_t *begin, const uint64_t *end, void *buf);
int h5b_write(hid_t dset, int type, int rank, const hsize_t *start,
	const hsize_t *count, const void *buf);

/* Strings of fixed length travel as one block of bytes and a length for each.
 * The blocks that the readers return are malloc'ed. n is the number of strings. */
int h5b_read_strings(hid_t dset, int rank, const hsize_t *start,
	const hsize_t *count, size_t n, char **bytes, uint64_t *lens);
/* Strings of variable length stand in heaps; what is read are the references to
 * them as the file has them, refsize bytes each: see heap.go. */
int h5b_sizes(hid_t file, uint64_t *userblock, uint64_t *address, uint64_t *length);
int h5b_read_refs(hid_t dset, int rank, const hsize_t *start,
	const hsize_t *count, size_t refsize, void *refs);
int h5b_attr_read_refs(hid_t file, const char *path, const char *name, size_t refsize, void *refs);
int h5b_write_strings(hid_t file, const char *path, size_t n, const char *bytes,
	const uint64_t *lens);

/* Attributes of the object at path. h5b_attr returns 1 if it exists, 0 if not. */
int h5b_attr(hid_t file, const char *path, const char *name, h5b_info *info);
int h5b_attr_read(hid_t file, const char *path, const char *name, int type, void *buf);
int h5b_attr_read_strings(hid_t file, const char *path, const char *name,
	size_t n, char **bytes, uint64_t *lens);
int h5b_attr_write(hid_t file, const char *path, const char *name, int type,
	int rank, hsize_t n, const void *buf);
int h5b_attr_write_string(hid_t file, const char *path, const char *name, const char *s);
int h5b_attr_write_enum(hid_t file, const char *path, const char *name,
	int nmembers, const char *names, const uint8_t *values, uint8_t value);
int h5b_attr_list(hid_t file, const char *path, char **names, size_t *len);

#endif
