#include "bridge.h"

#include <stdio.h>
#include <string.h>

static char message[1024];

const char *h5b_message(void) { return message; }

/* begin silences HDF5's printing, which is per thread, and forgets old errors. */
static void begin(void) {
	message[0] = 0;
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	H5Eclear2(H5E_DEFAULT);
}

static herr_t first_error(unsigned n, const H5E_error2_t *e, void *data) {
	(void)data;
	if (n == 0)
		snprintf(message, sizeof message, "%s", e->desc ? e->desc : "unknown HDF5 error");
	return 0;
}

/* fail keeps the most specific message of HDF5's error stack. */
static int fail(void) {
	if (!message[0])
		H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_error, NULL);
	if (!message[0])
		snprintf(message, sizeof message, "unknown HDF5 error");
	H5Eclear2(H5E_DEFAULT);
	return -1;
}

static int say(const char *text) {
	snprintf(message, sizeof message, "%s", text);
	return -1;
}

static hid_t native(int type) {
	switch (type) {
	case H5B_F64: return H5T_NATIVE_DOUBLE;
	case H5B_F32: return H5T_NATIVE_FLOAT;
	case H5B_I64: return H5T_NATIVE_INT64;
	case H5B_U64: return H5T_NATIVE_UINT64;
	case H5B_I32: return H5T_NATIVE_INT32;
	case H5B_U32: return H5T_NATIVE_UINT32;
	case H5B_I16: return H5T_NATIVE_INT16;
	case H5B_U16: return H5T_NATIVE_UINT16;
	case H5B_I8: return H5T_NATIVE_INT8;
	case H5B_U8: return H5T_NATIVE_UINT8;
	}
	return -1;
}

static hid_t stored(int type) {
	switch (type) {
	case H5B_F64: return H5T_IEEE_F64LE;
	case H5B_F32: return H5T_IEEE_F32LE;
	case H5B_I64: return H5T_STD_I64LE;
	case H5B_U64: return H5T_STD_U64LE;
	case H5B_I32: return H5T_STD_I32LE;
	case H5B_U32: return H5T_STD_U32LE;
	case H5B_I16: return H5T_STD_I16LE;
	case H5B_U16: return H5T_STD_U16LE;
	case H5B_I8: return H5T_STD_I8LE;
	case H5B_U8: return H5T_STD_U8LE;
	}
	return -1;
}

static hid_t access_list(void) {
	hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
	if (fapl < 0)
		return -1;
	/* The oldest format every reader knows, whatever the library's default. */
	H5Pset_libver_bounds(fapl, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 12 && H5_VERS_RELEASE == 0)
	/* No locks: read-only and some parallel file systems have none. */
	H5Pset_file_locking(fapl, 0, 1);
#endif
	return fapl;
}

hid_t h5b_open(const char *path, int writable) {
	begin();
	hid_t fapl = access_list();
	hid_t f = H5Fopen(path, writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, fapl);
	if (f < 0)
		fail();
	H5Pclose(fapl);
	return f;
}

hid_t h5b_create(const char *path) {
	begin();
	hid_t fapl = access_list();
	hid_t f = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
	if (f < 0)
		fail();
	H5Pclose(fapl);
	return f;
}

int h5b_close(hid_t file) {
	begin();
	return H5Fclose(file) < 0 ? fail() : 0;
}

int h5b_flush(hid_t file) {
	begin();
	return H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? fail() : 0;
}

int h5b_kind(hid_t file, const char *path) {
	begin();
	if (strcmp(path, "/") == 0)
		return H5B_GROUP;
	/* A missing parent is an error for H5Lexists; for us the name leads nowhere. */
	if (H5Lexists(file, path, H5P_DEFAULT) <= 0 || H5Oexists_by_name(file, path, H5P_DEFAULT) <= 0) {
		H5Eclear2(H5E_DEFAULT);
		return H5B_NOTHING;
	}
	hid_t o = H5Oopen(file, path, H5P_DEFAULT);
	if (o < 0)
		return fail();
	H5I_type_t t = H5Iget_type(o);
	H5Oclose(o);
	return t == H5I_GROUP ? H5B_GROUP : t == H5I_DATASET ? H5B_DATASET : H5B_OTHEROBJECT;
}

typedef struct { char *p; size_t len, cap; } text;

static int append(text *t, const char *s) {
	size_t n = strlen(s) + 1;
	if (t->len + n > t->cap) {
		size_t cap = 2 * (t->cap + n);
		char *p = realloc(t->p, cap);
		if (!p)
			return -1;
		t->p = p;
		t->cap = cap;
	}
	memcpy(t->p + t->len, s, n);
	t->len += n;
	return 0;
}

static herr_t on_link(hid_t g, const char *name, const H5L_info_t *info, void *data) {
	(void)g;
	(void)info;
	return append(data, name);
}

static herr_t on_attr(hid_t o, const char *name, const H5A_info_t *info, void *data) {
	(void)o;
	(void)info;
	return append(data, name);
}

int h5b_list(hid_t file, const char *path, char **names, size_t *len) {
	begin();
	text t = {NULL, 0, 0};
	hid_t g = H5Gopen2(file, path, H5P_DEFAULT);
	if (g < 0)
		return fail();
	herr_t r = H5Literate(g, H5_INDEX_NAME, H5_ITER_INC, NULL, on_link, &t);
	if (r < 0) {
		fail();
		free(t.p);
		t.p = NULL;
	}
	H5Gclose(g);
	*names = t.p;
	*len = t.len;
	return r < 0 ? -1 : 0;
}

int h5b_attr_list(hid_t file, const char *path, char **names, size_t *len) {
	begin();
	text t = {NULL, 0, 0};
	hid_t o = H5Oopen(file, path, H5P_DEFAULT);
	if (o < 0)
		return fail();
	herr_t r = H5Aiterate2(o, H5_INDEX_NAME, H5_ITER_INC, NULL, on_attr, &t);
	if (r < 0) {
		fail();
		free(t.p);
		t.p = NULL;
	}
	H5Oclose(o);
	*names = t.p;
	*len = t.len;
	return r < 0 ? -1 : 0;
}

int h5b_group(hid_t file, const char *path) {
	begin();
	hid_t lcpl = H5Pcreate(H5P_LINK_CREATE);
	H5Pset_create_intermediate_group(lcpl, 1);
	hid_t gcpl = H5Pcreate(H5P_GROUP_CREATE);
	H5Pset_obj_track_times(gcpl, 0);
	hid_t g = H5Gcreate2(file, path, lcpl, gcpl, H5P_DEFAULT);
	int r = 0;
	if (g < 0)
		r = fail();
	else
		H5Gclose(g);
	H5Pclose(lcpl);
	H5Pclose(gcpl);
	return r;
}

static int describe(hid_t type, hid_t space, h5b_info *info) {
	memset(info, 0, sizeof *info);
	info->size = H5Tget_size(type);
	switch (H5Tget_class(type)) {
	case H5T_INTEGER:
		info->cls = H5B_INTEGER;
		info->is_signed = H5Tget_sign(type) == H5T_SGN_2;
		break;
	case H5T_FLOAT:
		info->cls = H5B_FLOAT;
		info->is_signed = 1;
		break;
	case H5T_STRING:
		info->cls = H5B_STRING;
		info->is_vlen = H5Tis_variable_str(type) > 0;
		break;
	case H5T_ENUM: {
		info->cls = H5B_ENUM;
		hid_t base = H5Tget_super(type);
		info->is_signed = H5Tget_sign(base) == H5T_SGN_2;
		H5Tclose(base);
		break;
	}
	default:
		info->cls = H5B_OTHER;
	}
	if (H5Sget_simple_extent_type(space) == H5S_NULL) {
		info->rank = -1;
		return 0;
	}
	info->rank = H5Sget_simple_extent_ndims(space);
	if (info->rank < 0)
		return fail();
	if (info->rank > H5B_MAXRANK)
		return say("more than 8 dimensions");
	if (info->rank > 0)
		H5Sget_simple_extent_dims(space, info->dims, info->maxdims);
	return 0;
}

hid_t h5b_dataset(hid_t file, const char *path, h5b_info *info) {
	begin();
	hid_t d = H5Dopen2(file, path, H5P_DEFAULT);
	if (d < 0)
		return fail();
	hid_t t = H5Dget_type(d), s = H5Dget_space(d), p = H5Dget_create_plist(d);
	int r = (t < 0 || s < 0 || p < 0) ? fail() : describe(t, s, info);
	size_t bytes = 0;
	if (r == 0) {
		info->storage = H5Dget_storage_size(d);
		info->compact = H5Pget_layout(p) == H5D_COMPACT;
		info->elsewhere = H5Pget_layout(p) == H5D_VIRTUAL || H5Pget_external_count(p) > 0;
	}
	if (r == 0 && info->rank > 0 && H5Pget_layout(p) == H5D_CHUNKED) {
		H5Pget_chunk(p, H5B_MAXRANK, info->chunk);
		info->filters = H5Pget_nfilters(p);
		bytes = info->size;
		for (int k = 0; k < info->rank; k++)
			bytes *= info->chunk[k];
	}
	if (s >= 0)
		H5Sclose(s);
	if (t >= 0)
		H5Tclose(t);
	if (p >= 0)
		H5Pclose(p);
	if (r < 0) {
		H5Dclose(d);
		return -1;
	}
	/* A chunk larger than the cache (1 MiB) would be unpacked again at each
	 * read of a piece of it: make room for one row of chunks, up to 256 MiB. */
	if (bytes) {
		size_t want = bytes;
		for (int k = 1; k < info->rank; k++)
			want *= (info->dims[k] + info->chunk[k] - 1) / info->chunk[k];
		if (want > (size_t)256 << 20)
			want = bytes;
		if (want > (size_t)1 << 20 && want <= (size_t)1 << 30) {
			hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);
			H5Pset_chunk_cache(dapl, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, want + ((size_t)1 << 20), H5D_CHUNK_CACHE_W0_DEFAULT);
			H5Dclose(d);
			d = H5Dopen2(file, path, dapl);
			if (d < 0)
				fail();
			H5Pclose(dapl);
		}
	}
	return d;
}

int h5b_dataset_close(hid_t dset) {
	begin();
	return H5Dclose(dset) < 0 ? fail() : 0;
}

/* creation_list never records times: same content, same bytes. */
static hid_t creation_list(int rank, const hsize_t *chunk, int gzip, int early) {
	hid_t p = H5Pcreate(H5P_DATASET_CREATE);
	if (p < 0)
		return -1;
	H5Pset_obj_track_times(p, 0);
	int chunked = chunk != NULL && rank > 0 && chunk[0] > 0;
	if (chunked && H5Pset_chunk(p, rank, chunk) < 0)
		goto bad;
	if (gzip > 0 && (!chunked || H5Pset_deflate(p, (unsigned)gzip) < 0))
		goto bad;
	if (early && H5Pset_alloc_time(p, H5D_ALLOC_TIME_EARLY) < 0)
		goto bad;
	return p;
bad:
	H5Pclose(p);
	return -1;
}

hid_t h5b_dataset_create(hid_t file, const char *path, int type, int rank,
	const hsize_t *dims, const hsize_t *maxdims, const hsize_t *chunk,
	int gzip, int early, h5b_info *info) {
	begin();
	hid_t p = creation_list(rank, chunk, gzip, early);
	hid_t s = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, dims, maxdims);
	hid_t d = -1;
	if (p < 0 || s < 0)
		fail();
	else {
		d = H5Dcreate2(file, path, stored(type), s, H5P_DEFAULT, p, H5P_DEFAULT);
		if (d < 0)
			fail();
		else if (describe(stored(type), s, info) == 0 && chunk) {
			for (int k = 0; k < rank; k++)
				info->chunk[k] = chunk[k];
			info->filters = gzip > 0;
		}
	}
	if (s >= 0)
		H5Sclose(s);
	if (p >= 0)
		H5Pclose(p);
	return d;
}

int h5b_extend(hid_t dset, const hsize_t *dims) {
	begin();
	return H5Dset_extent(dset, dims) < 0 ? fail() : 0;
}

/* keeps_size tells filters that leave at least as many bytes as they got. */
static int keeps_size(H5Z_filter_t f) {
	return f == H5Z_FILTER_SHUFFLE || f == H5Z_FILTER_FLETCHER32;
}

/* whole_chunks looks whether the chunks of a block can be as long as a chunk is
 * once they are unpacked (a filter can be marked as left out): HDF5 reads that
 * many bytes of what it has, whatever a damaged file says. */
static int whole_chunks(hid_t dset, int rank, const hsize_t *start, const hsize_t *count) {
#if H5_VERSION_GE(1, 10, 5)
	hid_t p = H5Dget_create_plist(dset), t = H5Dget_type(dset);
	int r = p < 0 || t < 0 ? fail() : 0;
	if (r == 0 && H5Pget_layout(p) == H5D_CHUNKED) {
		hsize_t chunk[H5B_MAXRANK], at[H5B_MAXRANK], bytes = H5Tget_size(t);
		unsigned packed = 0, deflate = 0; /* the filters that change the size */
		for (int k = 0; k < H5Pget_nfilters(p) && k < 32; k++) {
			unsigned flags, config;
			size_t values = 0;
			H5Z_filter_t f = H5Pget_filter2(p, k, &flags, &values, NULL, 0, NULL, &config);
			if (!keeps_size(f))
				packed |= 1u << k;
			if (f == H5Z_FILTER_DEFLATE)
				deflate |= 1u << k;
		}
		if (H5Pget_chunk(p, H5B_MAXRANK, chunk) != rank)
			r = say("chunks of another rank");
		int empty = 0;
		for (int k = 0; r == 0 && k < rank; k++) {
			if (chunk[k] == 0)
				r = say("chunks of no size");
			else
				at[k] = start[k] / chunk[k] * chunk[k];
			empty |= count[k] == 0;
			bytes *= chunk[k];
		}
		while (r == 0 && !empty) {
			unsigned mask = 0;
			haddr_t addr = 0;
			hsize_t size = 0;
			if (H5Dget_chunk_info_by_coord(dset, at, &mask, &addr, &size) < 0)
				r = fail();
			unsigned how = packed & ~mask;
			hsize_t most = how == 0 ? size : how == deflate ? size * 1032 + 1032 : bytes; /* zlib's best ratio */
			if (r == 0 && addr != HADDR_UNDEF && most < bytes)
				r = say("a chunk is too short");
			int k = rank - 1;
			for (; k >= 0; k--) { /* the next one */
				at[k] += chunk[k];
				if (at[k] < start[k] + count[k])
					break;
				at[k] = start[k] / chunk[k] * chunk[k];
			}
			if (k < 0)
				break;
		}
	}
	if (p >= 0)
		H5Pclose(p);
	if (t >= 0)
		H5Tclose(t);
	return r;
#else
	(void)dset, (void)rank, (void)start, (void)count;
	return 0;
#endif
}

/* transfer reads (out != NULL) or writes one block; rank 0 means a scalar. */
static int transfer(hid_t dset, hid_t memtype, int rank, const hsize_t *start,
	const hsize_t *count, void *out, const void *in) {
	hid_t fs = H5S_ALL, ms = H5S_ALL;
	int r = 0;
	if (rank > 0) {
		fs = H5Dget_space(dset);
		ms = H5Screate_simple(rank, count, NULL);
		if (fs < 0 || ms < 0 || H5Sselect_hyperslab(fs, H5S_SELECT_SET, start, NULL, count, NULL) < 0)
			r = fail();
		else if (H5Sselect_valid(fs) <= 0)
			r = say("selection outside the dataset");
		else if (out)
			r = whole_chunks(dset, rank, start, count);
	}
	if (r == 0) {
		herr_t e = out ? H5Dread(dset, memtype, ms, fs, H5P_DEFAULT, out)
		               : H5Dwrite(dset, memtype, ms, fs, H5P_DEFAULT, in);
		if (e < 0)
			r = fail();
	}
	if (rank > 0) {
		if (ms >= 0)
			H5Sclose(ms);
		if (fs >= 0)
			H5Sclose(fs);
	}
	return r;
}

int h5b_read(hid_t dset, int type, int rank, const hsize_t *start,
	const hsize_t *count, void *buf) {
	begin();
	return transfer(dset, native(type), rank, start, count, buf, NULL);
}

int h5b_read_ranges(hid_t dset, int type, int rank, const hsize_t *dims,
	size_t elemsize, size_t n, const uint64_t *first, const uint64_t *last, void *buf) {
	begin();
	hsize_t start[H5B_MAXRANK] = {0}, count[H5B_MAXRANK];
	size_t row = elemsize;
	for (int k = 1; k < rank; k++) {
		count[k] = dims[k];
		row *= dims[k];
	}
	char *p = buf;
	for (size_t i = 0; i < n; i++) {
		if (last[i] <= first[i])
			continue;
		start[0] = first[i];
		count[0] = last[i] - first[i];
		if (transfer(dset, native(type), rank, start, count, p, NULL) < 0)
			return -1;
		p += count[0] * row;
	}
	return 0;
}

int h5b_write(hid_t dset, int type, int rank, const hsize_t *start,
	const hsize_t *count, const void *buf) {
	begin();
	return transfer(dset, native(type), rank, start, count, NULL, buf);
}

/* fixed_length cuts the padding of a fixed-length string. */
static size_t fixed_length(const char *s, size_t size, H5T_str_t pad) {
	size_t n;
	if (pad == H5T_STR_SPACEPAD) {
		for (n = size; n > 0 && s[n - 1] == ' '; n--)
			;
		return n;
	}
	if (pad == H5T_STR_NULLPAD) {
		for (n = size; n > 0 && s[n - 1] == 0; n--)
			;
		return n;
	}
	for (n = 0; n < size && s[n]; n++)
		;
	return n;
}

/* gather_fixed packs fixed-length strings in place. */
static void gather_fixed(char *raw, size_t size, size_t n, H5T_str_t pad, uint64_t *lens) {
	char *to = raw;
	for (size_t i = 0; i < n; i++) {
		lens[i] = fixed_length(raw + i * size, size, pad);
		memmove(to, raw + i * size, lens[i]);
		to += lens[i];
	}
}

/* as_is is the conversion of variable-length data to bytes that are left as
 * they stand in the file. HDF5's own conversion follows the references without
 * looking at them (H5HG_read): those of a damaged file lead anywhere. */
static herr_t as_is(hid_t src, hid_t dst, H5T_cdata_t *data, size_t n,
	size_t stride, size_t bkg_stride, void *buf, void *bkg, hid_t plist) {
	(void)n, (void)stride, (void)bkg_stride, (void)buf, (void)bkg, (void)plist;
	if (data->command == H5T_CONV_INIT)
		data->need_bkg = H5T_BKG_NO;
	if (data->command == H5T_CONV_CONV && H5Tget_size(src) != H5Tget_size(dst))
		return -1;
	return 0;
}

/* reference_type is the type that variable-length data are read as. */
static hid_t reference_type(size_t size) {
	static int registered;
	hid_t t = H5Tcreate(H5T_OPAQUE, size);
	if (t < 0 || registered)
		return t;
	hid_t s = H5Tcopy(H5T_C_S1);
	H5Tset_size(s, H5T_VARIABLE);
	if (H5Tregister(H5T_PERS_SOFT, "references", s, t, as_is) < 0) {
		H5Tclose(t);
		t = -1;
	} else
		registered = 1;
	H5Tclose(s);
	return t;
}

int h5b_sizes(hid_t file, uint64_t *userblock, uint64_t *address, uint64_t *length) {
	begin();
	hid_t p = H5Fget_create_plist(file);
	if (p < 0)
		return fail();
	hsize_t block;
	size_t a, l;
	int r = H5Pget_userblock(p, &block) < 0 || H5Pget_sizes(p, &a, &l) < 0 ? fail() : 0;
	if (r == 0)
		*userblock = block, *address = a, *length = l;
	H5Pclose(p);
	return r;
}

int h5b_read_refs(hid_t dset, int rank, const hsize_t *start,
	const hsize_t *count, size_t refsize, void *refs) {
	begin();
	hid_t t = reference_type(refsize);
	if (t < 0)
		return fail();
	int r = transfer(dset, t, rank, start, count, refs, NULL);
	H5Tclose(t);
	return r;
}

int h5b_attr_read_refs(hid_t file, const char *path, const char *name, size_t refsize, void *refs) {
	begin();
	hid_t a = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
	if (a < 0)
		return fail();
	hid_t t = reference_type(refsize);
	int r = t < 0 || H5Aread(a, t, refs) < 0 ? fail() : 0;
	if (t >= 0)
		H5Tclose(t);
	H5Aclose(a);
	return r;
}

int h5b_read_strings(hid_t dset, int rank, const hsize_t *start,
	const hsize_t *count, size_t n, char **bytes, uint64_t *lens) {
	begin();
	int r = -1;
	*bytes = NULL;
	hid_t t = H5Dget_type(dset);
	if (t < 0)
		return fail();
	size_t size = H5Tget_size(t);
	char *raw = calloc(n ? n : 1, size);
	r = raw ? transfer(dset, t, rank, start, count, raw, NULL) : say("out of memory");
	if (r == 0) {
		gather_fixed(raw, size, n, H5Tget_strpad(t), lens);
		*bytes = raw;
	} else
		free(raw);
	H5Tclose(t);
	return r;
}

/* utf8 is h5py's type for str: variable length, UTF-8. */
static hid_t utf8(void) {
	hid_t t = H5Tcopy(H5T_C_S1);
	H5Tset_size(t, H5T_VARIABLE);
	H5Tset_cset(t, H5T_CSET_UTF8);
	return t;
}

int h5b_write_strings(hid_t file, const char *path, size_t n, const char *bytes,
	const uint64_t *lens) {
	begin();
	size_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += lens[i] + 1;
	char *block = malloc(total ? total : 1);
	const char **p = calloc(n ? n : 1, sizeof *p);
	if (!block || !p) {
		free(block);
		free(p);
		return say("out of memory");
	}
	char *to = block;
	for (size_t i = 0; i < n; i++) {
		memcpy(to, bytes, lens[i]);
		to[lens[i]] = 0;
		p[i] = to;
		to += lens[i] + 1;
		bytes += lens[i];
	}
	hsize_t dims[1] = {n};
	hid_t t = utf8(), s = H5Screate_simple(1, dims, NULL), c = creation_list(1, NULL, 0, 0);
	hid_t d = H5Dcreate2(file, path, t, s, H5P_DEFAULT, c, H5P_DEFAULT);
	int r = 0;
	if (d < 0 || (n > 0 && H5Dwrite(d, t, H5S_ALL, H5S_ALL, H5P_DEFAULT, p) < 0))
		r = fail();
	if (d >= 0)
		H5Dclose(d);
	H5Pclose(c);
	H5Sclose(s);
	H5Tclose(t);
	free(block);
	free(p);
	return r;
}

int h5b_attr(hid_t file, const char *path, const char *name, h5b_info *info) {
	begin();
	htri_t e = H5Aexists_by_name(file, path, name, H5P_DEFAULT);
	if (e < 0)
		return fail();
	if (e == 0)
		return 0;
	hid_t a = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
	if (a < 0)
		return fail();
	hid_t t = H5Aget_type(a), s = H5Aget_space(a);
	int r = (t < 0 || s < 0) ? fail() : describe(t, s, info);
	if (s >= 0)
		H5Sclose(s);
	if (t >= 0)
		H5Tclose(t);
	H5Aclose(a);
	return r < 0 ? -1 : 1;
}

int h5b_attr_read(hid_t file, const char *path, const char *name, int type, void *buf) {
	begin();
	hid_t a = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
	if (a < 0)
		return fail();
	int r = H5Aread(a, native(type), buf) < 0 ? fail() : 0;
	H5Aclose(a);
	return r;
}

/* enum_names gives each value's member name. */
static char *enum_names(hid_t a, hid_t t, size_t n, uint64_t *lens) {
	size_t size = H5Tget_size(t);
	char *raw = calloc(n ? n : 1, size);
	text all = {NULL, 0, 0};
	if (!raw || H5Aread(a, t, raw) < 0)
		goto bad;
	for (size_t i = 0; i < n; i++) {
		char name[256];
		if (H5Tenum_nameof(t, raw + i * size, name, sizeof name) < 0)
			goto bad;
		lens[i] = strlen(name);
		if (append(&all, name) < 0)
			goto bad;
		all.len--; /* no NUL between names */
	}
	if (!all.p)
		all.p = calloc(1, 1);
	free(raw);
	return all.p;
bad:
	free(raw);
	free(all.p);
	return NULL;
}

int h5b_attr_read_strings(hid_t file, const char *path, const char *name,
	size_t n, char **bytes, uint64_t *lens) {
	begin();
	*bytes = NULL;
	hid_t a = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
	if (a < 0)
		return fail();
	hid_t t = H5Aget_type(a);
	int r = -1;
	if (t < 0)
		fail();
	else if (H5Tget_class(t) == H5T_ENUM) {
		*bytes = enum_names(a, t, n, lens);
		r = *bytes ? 0 : fail();
	} else {
		size_t size = H5Tget_size(t);
		char *raw = calloc(n ? n : 1, size);
		r = raw ? (H5Aread(a, t, raw) < 0 ? fail() : 0) : say("out of memory");
		if (r == 0) {
			gather_fixed(raw, size, n, H5Tget_strpad(t), lens);
			*bytes = raw;
		} else
			free(raw);
	}
	if (t >= 0)
		H5Tclose(t);
	H5Aclose(a);
	return r;
}

static int write_attr(hid_t file, const char *path, const char *name, hid_t filetype,
	hid_t memtype, int rank, hsize_t n, const void *buf) {
	hid_t s = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, NULL);
	hid_t o = H5Oopen(file, path, H5P_DEFAULT);
	hid_t a = -1;
	int r = 0;
	if (o < 0 || s < 0)
		r = fail();
	else {
		if (H5Aexists(o, name) > 0)
			H5Adelete(o, name);
		a = H5Acreate2(o, name, filetype, s, H5P_DEFAULT, H5P_DEFAULT);
		if (a < 0 || H5Awrite(a, memtype, buf) < 0)
			r = fail();
	}
	if (a >= 0)
		H5Aclose(a);
	if (o >= 0)
		H5Oclose(o);
	if (s >= 0)
		H5Sclose(s);
	return r;
}

int h5b_attr_write(hid_t file, const char *path, const char *name, int type,
	int rank, hsize_t n, const void *buf) {
	begin();
	return write_attr(file, path, name, stored(type), native(type), rank, n, buf);
}

int h5b_attr_write_string(hid_t file, const char *path, const char *name, const char *s) {
	begin();
	hid_t t = utf8();
	int r = write_attr(file, path, name, t, t, 0, 1, &s);
	H5Tclose(t);
	return r;
}

int h5b_attr_write_enum(hid_t file, const char *path, const char *name,
	int nmembers, const char *names, const uint8_t *values, uint8_t value) {
	begin();
	hid_t t = H5Tenum_create(H5T_STD_U8LE);
	if (t < 0)
		return fail();
	int r = 0;
	for (int i = 0; i < nmembers && r == 0; i++) {
		if (H5Tenum_insert(t, names, &values[i]) < 0)
			r = fail();
		names += strlen(names) + 1;
	}
	if (r == 0)
		r = write_attr(file, path, name, t, t, 0, 1, &value);
	H5Tclose(t);
	return r;
}

int h5b_link(hid_t file, const char *path, const char *name) {
	begin();
	return H5Lcreate_hard(file, path, file, name, H5P_DEFAULT, H5P_DEFAULT) < 0 ? fail() : 0;
}
