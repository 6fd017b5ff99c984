using System.IO.Compression;
using System.Text;
using AlignService.HuggingFace.Safetensors;
using AlignService.HuggingFace.TorchFiles;
using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.TorchFiles;

/// <summary>Files of torch.save from strangers: what is understood of them, and that anything else is one clear error.</summary>
public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Pickles that would run code, or that are no state dict, with what the error says.</summary>
    public static TheoryData<string, string> Pickles => new()
    {
        { "cos\nsystem\nX\u0004\0\0\0true\u0085R.", "asks Python for os.system" },
        { "cposix\nsystem\n(X\u0004\0\0\0truetR.", "asks Python for posix.system" },
        { "c__builtin__\neval\n(X\u0001\0\0\01tR.", "asks Python for __builtin__.eval" },
        { "(X\u0004\0\0\0trueios\nsystem\n.", "asks Python for os.system" },
        { "ctorch\nload\n.", "asks Python for torch.load" },
        { "ctorch\nFloatStorage.__class__\n.", "asks Python for torch.FloatStorage.__class__" },
        { "ctorch.hub\nload\n.", "asks Python for torch.hub.load" },
        { "ctorch._utils\n_rebuild_parameter\n.", "asks Python for torch._utils._rebuild_parameter" },
        { "cnumpy.core.multiarray\n_reconstruct\n.", "asks Python for numpy.core.multiarray._reconstruct" },
        { "\u0080\u0004\u0095\0\0\0\0\0\0\0\0\u008C\u0002os\u0094\u008C\u0006system\u0094\u0093.", "asks Python for os.system" },

        // The two halves of a name fetched from the memo, the second put there as a value of an innocent mapping.
        { "}X\u0006\0\0\0systemq\u0001X\u0002\0\0\0osq\u0002sh\u0002h\u0001\u0093.", "asks Python for os.system" },

        // Deep inside an otherwise right state dict: as a tensor's hooks, as its storage class, in the metadata.
        { "}X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n(cos\nsystem\n", "asks Python for os.system" },
        { "}(X\u0007\0\0\0storagecsubprocess\nPopen\nX\u0001\0\0\00tQ.", "asks Python for subprocess.Popen" },
        { "ccollections\nOrderedDict\n)R}X\u0001\0\0\0acbuiltins\nexec\nsb.", "asks Python for builtins.exec" },

        // Allowed names with other uses.
        { "ccollections\nOrderedDict\n((ttR.", "calls collections.OrderedDict with other arguments" },
        { "ctorch\nFloatStorage\n)R.", "calls torch.FloatStorage with other arguments" },
        { "ctorch._utils\n_rebuild_tensor_v2\n)R.", "calls torch._utils._rebuild_tensor_v2 with other arguments" },
        { "X\u0001\0\0\0a)R.", "calls something that is not a name" },
        { "ccollections\nOrderedDict\n}b.", "sets the state of something other than a mapping" },
        { "(X\u0006\0\0\0moduletQ.", "refers to something other than a storage" },
        { "ccollections\nOrderedDict\n)\u0081.", "the instruction 0x81" },
        { "}X\u0001\0\0\0aPstorage\n.", "the instruction 0x50" },
        { "\u0080\u0006}.", "protocol 6" },

        // Not a state dict, or damaged.
        { "X\u0001\0\0\0a.", "is not one mapping of names to tensors" },
        { "}}.", "is not one mapping of names to tensors" },
        { "}.N", "is not one mapping of names to tensors" },
        { "}.", "holds no tensor" },
        { "}X\u0001\0\0\0aK\u0001s.", "\"a\" is not a tensor" },
        { "}q\u0001X\u0001\0\0\0ah\u0001s.", "\"a\" is not a tensor" },
        { "}K\u0001K\u0001s.", "a key that is not text" },
        { "}(X\u0001\0\0\0aNX\u0001\0\0\0aNu.", "the name a occurs twice" },
        { "}X\u0001\0\0\0as.", "uses a value that does not exist" },
        { "R.", "uses a value that does not exist" },
        { "(R.", "uses a value that does not exist" },
        { "t.", "ends a list that it has not begun" },
        { "h\u0007.", "refers to value 7" },
        { "}", "ends in the middle of an instruction" },
        { "J\0\0", "ends in the middle of an instruction" },
        { "X\u00FF\u00FF\u00FF\u00FFa.", "ends in the middle of an instruction" },
        { "cos", "ends in the middle of an instruction" },
        { "X\u0001\0\0\0\u00FF.", "is not UTF-8" },
        { "\u008A\u00C8" + new string('\0', 200) + ".", "a number of 200 bytes" },
    };

    public static TheoryData<string> BadNames => ["../../etc/passwd", "/etc/passwd", "archive/../../x", "archive\\data\\1", "archive/code/__torch__.py", "other/data.pkl", "archive/data/0", "archive/data/1/2", "..//data/3", "data.pkl"];

    public static TheoryData<TorchEntry, string> BadTensors => new()
    {
        { new TorchEntry("a", "FloatStorage", "1", [2]), "claims 2 numbers of 4 byte(s) in the storage \"1\"" },
        { new TorchEntry("a", "FloatStorage", "../0", [6]), "in the storage \"../0\"" },
        { new TorchEntry("a", "HalfStorage", "0", [6]), "claims 6 numbers of 2 byte(s)" },
        { new TorchEntry("a", "FloatStorage", "0", [6]) { StorageCount = long.MaxValue / 2 }, "the file is damaged" },
        { new TorchEntry("a", "FloatStorage", "0", [3, 3]) { StorageCount = 6 }, "more than the 6 numbers of its storage" },
        { new TorchEntry("a", "FloatStorage", "0", [int.MaxValue, int.MaxValue, int.MaxValue]) { StorageCount = 6, Stride = [1, 1, 1] }, "more than the 6 numbers of its storage" },
        { new TorchEntry("a", "FloatStorage", "0", [1L << 40]) { StorageCount = 6 }, "calls torch._utils._rebuild_tensor_v2 with other arguments" },
        { new TorchEntry("a", "FloatStorage", "0", [-1]) { StorageCount = 6 }, "calls torch._utils._rebuild_tensor_v2 with other arguments" },
        { new TorchEntry("a", "FloatStorage", "0", [100, 2]) { StorageCount = 6, Stride = [0, 1] }, "more than the 6 numbers of its storage" },
        { new TorchEntry("a", "FloatStorage", "0", [2]) { StorageCount = 6, Offset = 2 }, "a is a view (from number 2 of its storage" },
        { new TorchEntry("a", "FloatStorage", "0", [3, 2]) { Stride = [1, 3] }, "a is a view (from number 0 of its storage, strides [1, 3])" },
        { new TorchEntry("__metadata__", "FloatStorage", "0", [6]), "which safetensors does not allow" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Describe_FileOfTorchSave_TellsNamesFormatsAndShapes()
    {
        TorchEntry[] entries =
        [
            new("head", "FloatStorage", "0", [3, 2]), new("tied", "FloatStorage", "0", [3, 2]), new("half", "HalfStorage", "1", [4]), new("brain", "BFloat16Storage", "2", [2, 1]),
            new("table", "BoolStorage", "3", [5]), new("number", "LongStorage", "4", []), new("empty", "FloatStorage", "5", [0, 7]),
        ];
        IReadOnlyDictionary<string, TorchTensor> tensors = Describe(TorchFileWriter.Pickle(entries), Storages(("0", 24), ("1", 8), ("2", 4), ("3", 5), ("4", 8), ("5", 0)));

        Assert.Equal(entries.Select(entry => entry.Name), tensors.Keys);
        Assert.Equal([StoredDtype.Float32, StoredDtype.Float32, StoredDtype.Float16, StoredDtype.BFloat16, StoredDtype.Boolean, StoredDtype.Int64, StoredDtype.Float32], tensors.Values.Select(tensor => tensor.Dtype));
        Assert.Equal([3, 2], tensors["head"].Shape);
        Assert.Equal(tensors["head"].Storage, tensors["tied"].Storage);
    }

    [Fact]
    public void Describe_RealFile_TellsItsTensors()
    {
        using FileStream stream = File.OpenRead(SharedFolder.Require("cases/pytorch_model.bin"));

        IReadOnlyDictionary<string, TorchTensor> tensors = TorchFile.Describe(stream);

        Assert.Equal(47, tensors.Count);
        Assert.Equal([512, 64], tensors["model.embed_tokens.weight"].Shape);
        Assert.Equal(0, stream.Position);
    }

    [Theory]
    [MemberData(nameof(Pickles))]
    public void Describe_PickleThatIsNotOfAStateDict_IsRefused(string pickle, string message) =>
        Assert.Contains(message, Refused(Encoding.Latin1.GetBytes(pickle), Storages(("0", 24))), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(BadTensors))]
    public void Describe_TensorThatItsStorageCannotHold_IsRefused(TorchEntry tensor, string message) =>
        Assert.Contains(message, Refused(TorchFileWriter.Pickle([tensor]), Storages(("0", 24))), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(BadNames))]
    public void Describe_EntryThatTorchDoesNotWrite_IsRefused(string name)
    {
        string path = Path.Combine(_folder.Path, "model.bin");
        TorchFileWriter.WriteArchive(path, [("archive/data.pkl", TorchFileWriter.Pickle([new("a", "FloatStorage", "0", [6])])), ("archive/data/0", new byte[24]), (name, [1])]);

        Assert.Contains($"has the entry \"{name}\"", RefusedFile(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_CompressedArchive_IsRefusedWithoutUnpackingIt()
    {
        string path = Path.Combine(_folder.Path, "model.bin");
        TorchFileWriter.Write(path, TorchFileWriter.Pickle([new("a", "FloatStorage", "0", [25_000_000])]), Storages(("0", 100_000_000)), CompressionLevel.Optimal);

        Assert.Contains("torch.save never compresses", RefusedFile(path), StringComparison.Ordinal);
    }

    /// <summary>Entries that all claim the same bytes: nothing is compressed, and still the archive is larger inside than outside.</summary>
    [Fact]
    public void Describe_EntriesThatOverlap_AreRefused()
    {
        string path = Path.Combine(_folder.Path, "model.bin");
        TorchFileWriter.Write(path, TorchFileWriter.Pickle([new("a", "FloatStorage", "0", [250])]), Storages(("0", 1000), ("1", 10), ("2", 10), ("3", 10)));
        byte[] file = File.ReadAllBytes(path);
        for (int at = file.AsSpan().IndexOf("PK\x01\x02"u8), next = 0; next >= 0; at += 4 + next)
        {
            // The central directory's sizes of the other storages: those of the large one.
            if (file.AsSpan(at + 46).StartsWith("archive/data/"u8))
            {
                BitConverter.TryWriteBytes(file.AsSpan(at + 20), 1000);
                BitConverter.TryWriteBytes(file.AsSpan(at + 24), 1000);
            }

            next = file.AsSpan(at + 4).IndexOf("PK\x01\x02"u8);
        }

        File.WriteAllBytes(path, file);

        Assert.Contains("torch.save never compresses", RefusedFile(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_TensorsThatOverlap_AreRefused()
    {
        TorchEntry[] views = [.. Enumerable.Range(1, 2000).Select(size => new TorchEntry($"t{size}", "FloatStorage", "0", [size]) { StorageCount = 2000 })];

        Assert.Contains("overlap", Refused(TorchFileWriter.Pickle(views), Storages(("0", 8000))), StringComparison.Ordinal);
    }

    /// <summary>Tuples in tuples, a million deep, and a tuple of twice itself, sixty times: neither is ever walked.</summary>
    [Fact]
    public void Describe_DeepAndDoublingValues_EndInOneError()
    {
        string deep = "}X\u0001\0\0\0a)" + new string('\u0085', 1_000_000) + "s.";
        string doubling = "}X\u0001\0\0\0a)" + string.Concat(Enumerable.Repeat("q\u0001h\u0001\u0086", 60)) + "s.";

        Assert.Contains("\"a\" is not a tensor", Refused(Encoding.Latin1.GetBytes(deep), Storages()), StringComparison.Ordinal);
        Assert.Contains("\"a\" is not a tensor", Refused(Encoding.Latin1.GetBytes(doubling), Storages()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PK")]
    [InlineData("\u0080\u0002\u008A\nl\u00FC\u009CF\u00F9 j\u00A8P\u0019.")] // the first pickle of a file before torch 1.6
    [InlineData("version https://git-lfs.github.com/spec/v1\n")]
    public void Describe_FileThatIsNoArchive_IsRefused(string content)
    {
        string path = Path.Combine(_folder.Path, "model.bin");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(content));

        Assert.Contains("is not a zip archive as written by torch.save since torch 1.6", RefusedFile(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_BigEndianNumbers_AreRefused()
    {
        string path = Path.Combine(_folder.Path, "model.bin");
        TorchFileWriter.WriteArchive(path, [("a/data.pkl", TorchFileWriter.Pickle([new("a", "FloatStorage", "0", [6])])), ("a/data/0", new byte[24]), ("a/byteorder", "big"u8.ToArray())]);

        Assert.Contains("big-endian", RefusedFile(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_FileCutOrChangedAnywhere_IsUnderstoodOrRefused()
    {
        string path = Path.Combine(_folder.Path, "model.bin");
        TorchFileWriter.Write(path, TorchFileWriter.Pickle([new("a", "FloatStorage", "0", [6]), new("b", "HalfStorage", "1", [2, 2])]), Storages(("0", 24), ("1", 8)));
        byte[] file = File.ReadAllBytes(path);
        var random = new Random(7);
        string changed = Path.Combine(_folder.Path, "changed.bin");
        for (int i = 0; i < 4000; i++)
        {
            byte[] bytes = [.. file];
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(changed, i % 4 == 0 ? file[..random.Next(file.Length)] : bytes);
            using FileStream stream = File.OpenRead(changed);
            Exception? fault = Record.Exception(() => TorchFile.Describe(stream));
            Assert.True(fault is null or CheckpointException, fault?.ToString());
        }
    }

    private static Dictionary<string, byte[]> Storages(params (string Name, int Bytes)[] storages) => storages.ToDictionary(storage => storage.Name, storage => new byte[storage.Bytes]);

    private IReadOnlyDictionary<string, TorchTensor> Describe(byte[] pickle, Dictionary<string, byte[]> storages)
    {
        string path = Path.Combine(_folder.Path, "model.bin");
        TorchFileWriter.Write(path, pickle, storages);
        using FileStream stream = File.OpenRead(path);
        return TorchFile.Describe(stream);
    }

    private string Refused(byte[] pickle, Dictionary<string, byte[]> storages) => Assert.Throws<CheckpointException>(() => Describe(pickle, storages)).Message;

    private static string RefusedFile(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Assert.Throws<CheckpointException>(() => TorchFile.Describe(stream)).Message;
    }
}
