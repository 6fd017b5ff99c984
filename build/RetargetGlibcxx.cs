using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a shared library and, where the system's libstdc++ is older than the library asks for, lowers that one version requirement.
/// TorchSharp's shim asks for GLIBCXX_3.4.32 because of a single init marker that is never called; Debian 12 ends at 3.4.30.
/// Only the copy is touched, so the work is idempotent; a system that is new enough gets the bytes unchanged.
/// </summary>
public sealed class RetargetGlibcxx : Task
{
    private const string Wanted = "GLIBCXX_3.4.32";
    private const string Offered = "GLIBCXX_3.4.30";
    private static readonly Encoding Latin1 = Encoding.GetEncoding("ISO-8859-1");

    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed

    [Required]
    public string Source { get; set; }

    [Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        byte[] image = File.ReadAllBytes(Source);
        string system = FindLibStdCpp();
        if (system != null && !Holds(File.ReadAllBytes(system), Wanted))
        {
            if (!Holds(File.ReadAllBytes(system), Offered))
            {
                Log.LogError($"{system} offers neither {Wanted} nor {Offered}; TorchSharp needs the libstdc++ of GCC 12 or newer (Debian 12, Ubuntu 22.04).");
                return false;
            }

            int count = Retarget(image);
            Log.LogMessage(MessageImportance.Normal, $"{Path.GetFileName(Source)}: {count} requirement(s) {Wanted} lowered to {Offered}, which {system} offers.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        File.Delete(Destination); // the old file may be a hard link that a running program has mapped
        File.WriteAllBytes(Destination, image);
        return true;
    }

    private static string FindLibStdCpp() =>
        new[] { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" }
            .Select(folder => Path.Combine(folder, "libstdc++.so.6"))
            .FirstOrDefault(File.Exists);

    private static bool Holds(byte[] image, string version) =>
        IndexOf(image, "\0" + version + "\0", 0, image.Length) >= 0;

    /// <summary>Walks the verneed section of an ELF64 little-endian image and rewrites name and hash of each matching entry.</summary>
    private static int Retarget(byte[] image)
    {
        long sections = (long)U64(image, 0x28);
        int sectionSize = U16(image, 0x3A), sectionCount = U16(image, 0x3C), changed = 0;
        for (int i = 0; i < sectionCount; i++)
        {
            long header = sections + i * sectionSize;
            if (U32(image, header + 4) != VersionNeedSection)
            {
                continue;
            }

            long strings = (long)U64(image, sections + U32(image, header + 0x28) * sectionSize + 0x18);
            long stringBytes = (long)U64(image, sections + U32(image, header + 0x28) * sectionSize + 0x20);
            int found = IndexOf(image, "\0" + Offered + "\0", strings, stringBytes);
            if (found < 0)
            {
                throw new InvalidDataException($"{Offered} is not among the library's own version strings.");
            }

            uint offered = (uint)(found + 1 - strings);

            for (long need = (long)U64(image, header + 0x18); ; need += U32(image, need + 12))
            {
                long entry = need + U32(image, need + 8);
                for (int left = U16(image, need + 2); left > 0; left--, entry += U32(image, entry + 12))
                {
                    if (Text(image, strings + U32(image, entry + 8)) == Wanted)
                    {
                        BitConverter.GetBytes(ElfHash(Offered)).CopyTo(image, entry);
                        BitConverter.GetBytes(offered).CopyTo(image, entry + 8);
                        changed++;
                    }
                }

                if (U32(image, need + 12) == 0)
                {
                    break;
                }
            }
        }

        return changed;
    }

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

    private static int IndexOf(byte[] image, string text, long start, long count)
    {
        // Latin-1 maps each byte to one character, so string search finds byte offsets.
        return Latin1.GetString(image, (int)start, (int)count).IndexOf(text, StringComparison.Ordinal) is int at && at >= 0 ? (int)start + at : -1;
    }

    private static ushort U16(byte[] image, long offset) => BitConverter.ToUInt16(image, (int)offset);

    private static uint U32(byte[] image, long offset) => BitConverter.ToUInt32(image, (int)offset);

    private static ulong U64(byte[] image, long offset) => BitConverter.ToUInt64(image, (int)offset);
}
