namespace AlignService.Model.Decoding.Simd;

/// <summary>What is to be taken, in one word: the phase, its number of items, and the next item.</summary>
internal static class WorkTicket
{
    /// <summary>No phase and no item; negative, and so with what late threads add to it.</summary>
    public const long Closed = -1L << ItemBits;

    private const int ItemBits = 20;
    private const long ItemMask = (1L << ItemBits) - 1;

    public static long Of(int phase, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ItemMask / 2);
        return ((long)phase << (2 * ItemBits)) | ((long)count << ItemBits);
    }

    public static int Phase(long ticket) => (int)(ticket >> (2 * ItemBits));

    public static int Count(long ticket) => (int)((ticket >> ItemBits) & ItemMask);

    public static int Item(long ticket) => (int)(ticket & ItemMask);

    public static bool IsClosed(long ticket) => ticket < 0;

    public static bool HasItem(long ticket) => !IsClosed(ticket) && Item(ticket) < Count(ticket);
}
