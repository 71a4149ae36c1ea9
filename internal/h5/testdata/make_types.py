# Makes types.h5: one dataset or attribute of each kind h5py can write.
import h5py
import numpy as np

with h5py.File("types.h5", "w", libver="earliest") as f:
    for t in ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i4", ">f8", ">u2"]:
        f["num/" + t] = np.array([1, 2, 100], dtype=t)
    f["neg/i4"] = np.array([5, -1, 7], dtype="i4")
    f["neg/i8"] = np.array([-1], dtype="i8")
    f["big/u8"] = np.array([1, 2**63], dtype="u8")
    f["matrix"] = np.arange(12, dtype="u2").reshape(4, 3)
    f.create_dataset("packed", data=np.arange(10000, dtype="u4"), chunks=(100,), compression="gzip")
    f["scalar"] = np.float32(2.5)
    f["empty"] = np.zeros(0)
    f["bool"] = np.array([True, False])
    f["str/vlen"] = np.array(["a", "", "größer"], dtype=h5py.string_dtype())
    f["str/fixed"] = np.array([b"abc", b"", b"de"])
    f["str/space"] = np.array([b"abc", b"x", b"de"])
    f["str/scalar"] = "one"
    t = h5py.h5t.C_S1.copy()
    t.set_size(5)
    t.set_strpad(h5py.h5t.STR_SPACEPAD)
    d = h5py.h5d.create(f.id, b"str/padded", t, h5py.h5s.create_simple((2,)))
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"ab   ", b"     "]), mtype=t)
    f["compound"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
    g = f.create_group("attrs")
    g.attrs["vlen"] = "by_time"
    g.attrs["fixed"] = np.bytes_("by_id")
    g.attrs["list"] = ["x", "yy"]
    g.attrs["float"] = 1.5
    g.attrs["ints"] = np.array([3, 4], dtype="u2")
    g.attrs.create("enum", 2, dtype=h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1"))
    g.attrs.create("enum4", 1, dtype=h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="i4"))
    g.attrs["none"] = h5py.Empty("f4")
