using System.Buffers.Binary;
using System.Text;

namespace AlignService.Architecture.Tests.Torch;

/// <summary>Symbol versions of an ELF64 shared library, read as the dynamic linker does: by the dynamic segment, not by section headers.</summary>
internal sealed class ElfVersions
{
    private const uint LoadSegment = 1, DynamicSegment = 2;
    private const long StringTable = 5, VersionNeed = 0x6ffffffe, VersionNeedCount = 0x6fffffff, VersionDefinition = 0x6ffffffc, VersionDefinitionCount = 0x6ffffffd;

    private readonly byte[] _image;
    private readonly List<(long Address, long Offset, long Bytes)> _segments = [];
    private readonly Dictionary<long, long> _dynamic = [];

    public ElfVersions(byte[] image)
    {
        _image = image;
        for (int i = 0; i < U16(0x38); i++)
        {
            ReadSegment(I64(0x20) + i * U16(0x36));
        }
    }

    /// <summary>Versions that it needs of other libraries, with the hash that the linker compares.</summary>
    public IReadOnlyList<(string Name, uint Hash)> Needed
    {
        get
        {
            List<(string, uint)> needed = [];
            long need = Offset(_dynamic[VersionNeed]);
            for (long left = _dynamic[VersionNeedCount]; left > 0; left--, need += U32(need + 12))
            {
                long entry = need + U32(need + 8);
                for (int entries = U16(need + 2); entries > 0; entries--, entry += U32(entry + 12))
                {
                    needed.Add((Text(U32(entry + 8)), U32(entry)));
                }
            }

            return needed;
        }
    }

    /// <summary>Versions that it offers, with their hashes.</summary>
    public IReadOnlyList<(string Name, uint Hash)> Offered
    {
        get
        {
            List<(string, uint)> offered = [];
            long definition = Offset(_dynamic[VersionDefinition]);
            for (long left = _dynamic[VersionDefinitionCount]; left > 0; left--, definition += U32(definition + 16))
            {
                offered.Add((Text(U32(definition + U32(definition + 12))), U32(definition + 8)));
            }

            return offered;
        }
    }

    private void ReadSegment(long header)
    {
        if (U32(header) == LoadSegment)
        {
            _segments.Add((I64(header + 16), I64(header + 8), I64(header + 32)));
        }
        else if (U32(header) == DynamicSegment)
        {
            for (long entry = I64(header + 8); I64(entry) != 0; entry += 16)
            {
                _dynamic[I64(entry)] = I64(entry + 8);
            }
        }
    }

    private long Offset(long address)
    {
        (long start, long offset, _) = _segments.Single(segment => address >= segment.Address && address < segment.Address + segment.Bytes);
        return address - start + offset;
    }

    private string Text(long name)
    {
        int start = (int)(Offset(_dynamic[StringTable]) + name);
        return Encoding.ASCII.GetString(_image, start, Array.IndexOf(_image, (byte)0, start) - start);
    }

    private ushort U16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan((int)offset));

    private uint U32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(_image.AsSpan((int)offset));

    private long I64(long offset) => BinaryPrimitives.ReadInt64LittleEndian(_image.AsSpan((int)offset));
}
