using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using AlignService.HuggingFace.Safetensors;
using AlignService.Text;

namespace AlignService.HuggingFace.TorchFiles;

/// <summary>
/// A file written by torch.save: a zip archive of a pickle and one uncompressed file per storage. Everything in it is checked against its size before anything
/// is allocated or another library reads it.
/// </summary>
public sealed partial class TorchFile
{
    private const long LargestPickle = 1 << 24;

    private readonly string _name;
    private readonly long _length;
    private readonly Dictionary<string, long> _storageBytes = new(StringComparer.Ordinal);

    private TorchFile(string name, long length) => (_name, _length) = (name, length);

    /// <summary>The file's contents, by name, in the file's order. Reads no numbers and runs nothing; leaves the stream at its start.</summary>
    /// <exception cref="CheckpointException">It is not such a file, is damaged, or contains anything other than tensors.</exception>
    public static IReadOnlyDictionary<string, TorchTensor> Describe(FileStream stream)
    {
        var file = new TorchFile(Path.GetFileName(stream.Name), stream.Length);
        file.CheckSignature(stream);
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            PickleMap map = PickleMachine.Read(file.CheckEntries(archive), file._name);
            return file.CheckTensors(map);
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException or IOException)
        {
            throw new CheckpointException($"{file._name} is damaged: {fault.Message} Copy it again.", fault);
        }
        finally
        {
            stream.Position = 0;
        }
    }

    private void CheckSignature(FileStream stream)
    {
        Span<byte> start = stackalloc byte[4];
        stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (!start.SequenceEqual("PK\x03\x04"u8))
        {
            throw new CheckpointException(
                $"{_name} is not a zip archive as written by torch.save since torch 1.6: it is older, damaged or something else. Load it in Python with torch.load(..., weights_only=True) and save it again.");
        }
    }

    /// <returns>The pickle.</returns>
    private byte[] CheckEntries(ZipArchive archive)
    {
        ZipArchiveEntry? pickle = null;
        string? root = null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        long total = 0;
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            Match match = EntryName().Match(entry.FullName);
            if (!match.Success || match.Groups["root"].Value != (root ??= match.Groups["root"].Value) || !names.Add(entry.FullName))
            {
                throw new CheckpointException($"{_name} has the entry \"{Shortened(entry.FullName)}\", which torch.save does not write for a state dict{(names.Contains(entry.FullName) ? " (duplicate)" : "")}.");
            }

            if (entry.Length != entry.CompressedLength || (total += entry.Length) > _length)
            {
                throw new CheckpointException($"{_name}: the entry {entry.FullName} claims {entry.Length} bytes, {entry.CompressedLength} in the archive, of a file of {_length}; torch.save never compresses.");
            }

            if (match.Groups["storage"] is { Success: true } storage)
            {
                _storageBytes.Add(storage.Value, entry.Length);
            }
            else if (match.Groups["file"].Value == "data.pkl")
            {
                pickle = entry;
            }
            else if (match.Groups["file"].Value == "byteorder" && Read(entry, 16) is not "little")
            {
                throw new CheckpointException($"{_name} has numbers in big-endian order; save it again on a little-endian machine.");
            }
        }

        return ReadBytes(pickle ?? throw new CheckpointException($"{_name} has no data.pkl; it is not a torch.save file."), LargestPickle);
    }

    private Dictionary<string, TorchTensor> CheckTensors(PickleMap map)
    {
        var tensors = new Dictionary<string, TorchTensor>(StringComparer.Ordinal);
        var seen = new HashSet<(string Key, string Shape)>();
        long total = 0;
        foreach ((string name, PickleValue value) in map.Entries)
        {
            PickledTensor tensor = value as PickledTensor ?? throw new CheckpointException($"{_name}: \"{Shortened(name)}\" is not a tensor; save model.state_dict() alone, without optimizer state or counters.");
            long byteCount = CheckTensor(name, tensor);
            total += seen.Add((tensor.Storage.Key, string.Join(',', tensor.Shape))) ? byteCount : 0;
            if (total > _length)
            {
                throw new CheckpointException($"{_name}: its tensors have more bytes than the file ({_length}): {name} and others overlap. Save clones instead.");
            }

            tensors.Add(name, new TorchTensor(tensor.Storage.Key, StateDictGlobals.Storages[tensor.Storage.Type], tensor.Shape));
        }

        return tensors.Count > 0 ? tensors : throw new CheckpointException($"{_name} holds no tensors.");
    }

    /// <returns>Bytes of its numbers.</returns>
    private long CheckTensor(string name, PickledTensor tensor)
    {
        PickleStorage storage = tensor.Storage;
        if (name is "" or "__metadata__")
        {
            throw new CheckpointException($"{_name}: a tensor is named \"{name}\", which safetensors does not allow.");
        }

        int size = StoredDtypes.ByteCount(StateDictGlobals.Storages[storage.Type]);
        if (!_storageBytes.TryGetValue(storage.Key, out long bytes) || storage.ElementCount > bytes || storage.ElementCount * size != bytes)
        {
            throw new CheckpointException($"{_name}: {name} claims {storage.ElementCount} numbers of {size} byte(s) in the storage \"{Shortened(storage.Key)}\", which has {bytes} bytes: the file is damaged; copy it again.");
        }

        long count = 1;
        foreach (long length in tensor.Shape)
        {
            count = length == 0 || count <= storage.ElementCount / length ? count * length : long.MaxValue;
        }

        if (count > storage.ElementCount)
        {
            throw new CheckpointException($"{_name}: {name} is [{string.Join(", ", tensor.Shape)}], more than the {storage.ElementCount} numbers of its storage: the file is damaged, or the tensor is an expanded view; save a clone of it.");
        }

        if (tensor.Offset != 0 || !IsContiguous(tensor))
        {
            throw new CheckpointException(
                $"{_name}: {name} is a view (from number {tensor.Offset} of its storage, strides [{string.Join(", ", tensor.Stride)}]), which is not read here. "
                + "Save clones in Python: torch.save({name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}, path).");
        }

        return count * size;
    }

    private static bool IsContiguous(PickledTensor tensor)
    {
        long step = 1;
        for (int i = tensor.Shape.Count - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] > 1 && tensor.Stride[i] != step)
            {
                return tensor.Shape.Contains(0);
            }

            step *= tensor.Shape[i];
        }

        return true;
    }

    private string Read(ZipArchiveEntry entry, long most) => Encoding.Latin1.GetString(ReadBytes(entry, most));

    private byte[] ReadBytes(ZipArchiveEntry entry, long most)
    {
        if (entry.Length > most)
        {
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"{_name}: {entry.FullName} has {entry.Length} bytes; at most {most} are allowed."));
        }

        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string Shortened(string text) => ShortText.Cut(text, 100);

    [GeneratedRegex(@"^(?<root>(?!\.{1,2}/)[^/\\]+)/(?:data/(?<storage>[0-9]{1,9})|(?<file>data\.pkl|version|byteorder|\.format_version|\.storage_alignment|\.data/serialization_id))\z", RegexOptions.CultureInvariant)]
    private static partial Regex EntryName();
}
