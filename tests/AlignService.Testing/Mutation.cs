namespace AlignService.Testing;

/// <summary>Damages a file the way a fuzzer does: bytes changed, removed, repeated, and parts of the file put elsewhere.</summary>
public static class Mutation
{
    private static readonly byte[] Telling = [.. "{}[]\",:\\0-9eE+*?()|%# \n\0"u8, 0xFF, 0xC3];

    public static byte[] Of(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = Telling[random.Next(Telling.Length)];
                    break;
                case 2 when bytes.Count > length:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                    break;
            }
        }

        return [.. bytes];
    }
}
