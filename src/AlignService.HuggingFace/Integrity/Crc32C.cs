using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace AlignService.HuggingFace.Integrity;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720) of files. It is meant against disks and accidents, not against forgers; SHA-256 took as long as writing the file did
/// (docs/decisions/0032).
/// </summary>
internal static class Crc32C
{
    private const int BlockBytes = 1 << 20;

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static uint OfFile(string path, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        byte[] block = GC.AllocateUninitializedArray<byte>(BlockBytes);
        uint state = uint.MaxValue;
        long position = 0;
        while (true)
        {
            Heartbeat.Beat();
            cancellationToken.ThrowIfCancellationRequested();
            int count = RandomAccess.Read(file, block, position);
            if (count == 0)
            {
                return ~state;
            }

            state = Continue(state, block.AsSpan(0, count));
            position += count;
        }
    }

    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    public static string ToText(uint checksum) => checksum.ToString("x8", CultureInfo.InvariantCulture);

    private static uint Continue(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }
}
