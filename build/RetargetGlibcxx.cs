using System;
using System.IO;
using System.Linq;
using System.Text;

/// <summary>
/// Lowers one version requirement of a shared library where the system's libstdc++ is older than the library asks for.
/// TorchSharp's shim asks for GLIBCXX_3.4.32 because of a single init marker that is never called; Debian 12 ends at 3.4.30.
/// </summary>
internal static class GlibcxxRequirement
{
    public const string Wanted = "GLIBCXX_3.4.32";
    public const string Offered = "GLIBCXX_3.4.30";

    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const int HeaderBytes = 0x40;

    private static readonly Encoding Latin1 = Encoding.GetEncoding("ISO-8859-1");

    /// <summary>The library as the system can load it; the same bytes where the system is new enough or the work is done already.</summary>
    /// <param name="library">An ELF64 little-endian shared library.</param>
    /// <param name="system">The system's libstdc++.</param>
    /// <exception cref="InvalidDataException">The library is no such file, or the system is too old even for the lowered requirement.</exception>
    public static byte[] Fit(byte[] library, byte[] system)
    {
        if (Holds(system, Wanted))
        {
            return library;
        }

        if (!Holds(system, Offered))
        {
            throw new InvalidDataException(
                $"The system's libstdc++ offers neither {Wanted} nor {Offered}; TorchSharp needs that of GCC 12 or newer (Debian 12, Ubuntu 22.04).");
        }

        byte[] fitted = (byte[])library.Clone();
        LowerEntries(fitted);
        return fitted;
    }

    /// <summary>Walks the version requirements and rewrites name and hash of each matching entry.</summary>
    private static void LowerEntries(byte[] image)
    {
        if (image.Length < HeaderBytes || U32(image, 0) != 0x464c457f || image[4] != 2 || image[5] != 1)
        {
            throw new InvalidDataException("The library is not an ELF64 little-endian file.");
        }

        long sections = (long)U64(image, 0x28);
        int sectionSize = U16(image, 0x3A), sectionCount = U16(image, 0x3C);
        for (int i = 0; i < sectionCount; i++)
        {
            long header = sections + i * sectionSize;
            if (U32(image, header + 4) == VersionNeedSection)
            {
                long stringHeader = sections + U32(image, header + 0x28) * sectionSize;
                LowerSection(image, (long)U64(image, header + 0x18), (long)U64(image, stringHeader + 0x18), (long)U64(image, stringHeader + 0x20));
            }
        }
    }

    private static void LowerSection(byte[] image, long firstNeed, long strings, long stringBytes)
    {
        for (long need = firstNeed; ; need += U32(image, need + 12))
        {
            long entry = need + U32(image, need + 8);
            for (int left = U16(image, need + 2); left > 0; left--, entry += U32(image, entry + 12))
            {
                if (Text(image, strings + U32(image, entry + 8)) == Wanted)
                {
                    BitConverter.GetBytes(ElfHash(Offered)).CopyTo(image, entry);
                    BitConverter.GetBytes(NameOffset(image, strings, stringBytes)).CopyTo(image, entry + 8);
                }
            }

            if (U32(image, need + 12) == 0)
            {
                return;
            }
        }
    }

    private static uint NameOffset(byte[] image, long strings, long stringBytes)
    {
        int found = Latin1.GetString(image, (int)strings, (int)stringBytes).IndexOf("\0" + Offered + "\0", StringComparison.Ordinal);
        return found >= 0 ? (uint)found + 1 : throw new InvalidDataException($"{Offered} is not among the library's own version names.");
    }

    // Latin-1 maps each byte to one character, so a text search finds bytes.
    private static bool Holds(byte[] image, string version) =>
        Latin1.GetString(image).IndexOf("\0" + version + "\0", StringComparison.Ordinal) >= 0;

    private static uint ElfHash(string text)
    {
        uint hash = 0;
        foreach (char c in text)
        {
            hash = (hash << 4) + c;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }

    private static string Text(byte[] image, long offset) =>
        Encoding.ASCII.GetString(image, (int)offset, Array.IndexOf(image, (byte)0, (int)offset) - (int)offset);

    private static ushort U16(byte[] image, long offset) => BitConverter.ToUInt16(image, (int)offset);

    private static uint U32(byte[] image, long offset) => BitConverter.ToUInt32(image, (int)offset);

    private static ulong U64(byte[] image, long offset) => BitConverter.ToUInt64(image, (int)offset);
}

#if !WITHOUT_MSBUILD
/// <summary>Copies a shared library, fitted to this system's libstdc++. Its source is never touched.</summary>
public sealed class RetargetGlibcxx : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; }

    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        string system = new[] { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" }
            .Select(folder => Path.Combine(folder, "libstdc++.so.6"))
            .FirstOrDefault(File.Exists);
        byte[] library = File.ReadAllBytes(Source);
        try
        {
            byte[] fitted = system == null ? library : GlibcxxRequirement.Fit(library, File.ReadAllBytes(system));
            if (fitted != library)
            {
                Log.LogMessage($"{Path.GetFileName(Source)}: {GlibcxxRequirement.Wanted} lowered to {GlibcxxRequirement.Offered}, which {system} offers.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Destination));
            File.Delete(Destination); // its old content may be a hard link that a running program has mapped
            File.WriteAllBytes(Destination, fitted);
            return true;
        }
        catch (InvalidDataException e)
        {
            Log.LogError($"{Source} cannot be fitted to {system}: {e.Message}");
            return false;
        }
    }
}
#endif
