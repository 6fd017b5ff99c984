using AlignService.HuggingFace.Safetensors;
using AlignService.Testing;
using Xunit;

namespace AlignService.HuggingFace.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    /// <summary>What opening a refused file may allocate: messages and JSON of a kilobyte, not what the file claims.</summary>
    private const long MostAllocated = 1_000_000;

    public static TheoryData<string, string, int, long?, string> Broken => new()
    {
        { "length beyond the file", SafetensorsImage.Good, 22, 100_000_000_000, "claims a header of 100000000000 bytes" },
        { "length above the bound", SafetensorsImage.Good, 22, long.MaxValue, "claims a header" },
        { "negative length", SafetensorsImage.Good, 22, -1, "claims a header" },
        { "length too short", SafetensorsImage.Good, 22, 40, "header is not the JSON" },
        { "data missing", SafetensorsImage.Good, 21, null, "truncated" },
        { "data left over", SafetensorsImage.Good, 23, null, "cover 22 bytes" },
        { "100 GB tensor", """{"a":{"dtype":"F32","shape":[25000000000],"data_offsets":[0,100000000000]}}""", 8, null, "ends at byte 100000000000" },
        { "overflowing shape", """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, null, "does not match its shape" },
        { "overlap", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, null, "overlaps" },
        { "hole", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""", 6, null, "gap" },
        { "end before begin", """{"a":{"dtype":"U8","shape":[0],"data_offsets":[4,2]}}""", 4, null, "begins" },
        { "size other than shape", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, null, "does not match its shape" },
        { "name twice", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, null, "a twice" },
        { "key twice", """{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, null, "dtype twice" },
        { "metadata twice", """{"__metadata__":{},"__metadata__":{}}""", 0, null, "__metadata__ twice" },
        { "metadata not text", """{"__metadata__":{"x":1}}""", 0, null, "__metadata__.x" },
        { "negative shape", """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, null, "a.shape" },
        { "fractional offset", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1.5]}}""", 1, null, "a.data_offsets" },
        { "three offsets", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, null, "two numbers" },
        { "unknown dtype", """{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}""", 1, null, "unknown dtype F4" },
        { "deep JSON", """{"a":[[[[[[[[[[]]]]]]]]]]}""", 0, null, "a is StartArray" },
        { "deep metadata", """{"__metadata__":{"a":{"b":{"c":{"d":1}}}}}""", 0, null, "__metadata__.a" },
        { "not an object", "[]", 0, null, "the header is" },
        { "text after the end", "{} {}", 0, null, "header" },
        { "lone surrogate", """{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, null, "header is not the JSON" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Open_BrokenFile_IsRefusedWithoutTakingMemory(string what, string header, int dataLength, long? claimedLength, string expected)
    {
        Assert.NotEmpty(what);
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        File.WriteAllBytes(path, SafetensorsImage.Make(header, dataLength, claimedLength));
        long before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointException fault = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EmptyAndAbsentFile_AreRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["empty.safetensors"], []);
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["empty.safetensors"]));
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["absent.safetensors"]));
    }

    /// <summary>20,000 files, each a good one with bytes changed, cut, doubled or moved: every one is read or refused with the one exception, and none takes memory.</summary>
    [Fact]
    public void Parse_MutatedFiles_NeverFailsOtherwise()
    {
        const int MutationCount = 20_000;
        byte[] good = SafetensorsImage.Make(SafetensorsImage.Good, 22);
        var random = new DeterministicBytes(7);
        int refused = 0;
        for (int i = 0; i < MutationCount; i++)
        {
            byte[] image = Mutate(good, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                int length = SafetensorsHeader.ReadLength(image.AsSpan(0, Math.Min(8, image.Length)), image.Length, "x");
                SafetensorsHeader header = SafetensorsHeader.Parse(image.AsSpan(8, length), image.Length, "x");
                Assert.All(header.Tensors.Values, tensor => Assert.InRange(tensor.End, tensor.Begin, image.Length - header.DataOffset));
            }
            catch (CheckpointException)
            {
                refused++;
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated);
        }

        Assert.InRange(refused, MutationCount / 2, MutationCount - 1);
    }

    private static byte[] Mutate(byte[] good, DeterministicBytes random)
    {
        const string Alphabet = "{}[]\",:0123456789-eF\\u";
        var image = new List<byte>(good);
        for (int edits = 1 + random.Below(4); edits > 0 && image.Count > 0; edits--)
        {
            int at = random.Below(image.Count), length = Math.Min(1 + random.Below(20), image.Count - at);
            switch (random.Below(5))
            {
                case 0:
                    image[at] = (byte)random.Below(256);
                    break;
                case 1:
                    image[at] = (byte)Alphabet[random.Below(Alphabet.Length)];
                    break;
                case 2:
                    image.RemoveRange(at, length);
                    break;
                case 3:
                    image.InsertRange(at, image.GetRange(random.Below(image.Count - length + 1), length));
                    break;
                default:
                    image.Insert(at, (byte)Alphabet[random.Below(Alphabet.Length)]);
                    break;
            }
        }

        return [.. image];
    }
}
