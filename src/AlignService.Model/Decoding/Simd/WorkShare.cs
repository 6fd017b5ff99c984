namespace AlignService.Model.Decoding.Simd;

/// <summary>A phase's things (rows, panels, heads) cut into items of some microseconds: worth the taking, yet enough of them to share.</summary>
internal readonly record struct WorkShare(int ThingCount, int ThingsPerItem)
{
    /// <summary>Multiply-adds, about, that are worth an item.</summary>
    private const long ItemCost = 100_000;

    public int ItemCount => (ThingCount + ThingsPerItem - 1) / ThingsPerItem;

    /// <param name="thingCount">How many there are.</param>
    /// <param name="costOfOne">Multiply-adds of one.</param>
    /// <param name="granularity">An item has a multiple of so many.</param>
    public static WorkShare Of(int thingCount, long costOfOne, int granularity)
    {
        long things = Math.Clamp(ItemCost / Math.Max(1, costOfOne * granularity), 1, Math.Max(1, thingCount / granularity)) * granularity;
        return new WorkShare(thingCount, (int)things);
    }

    public (int Start, int End) Item(int item) => (item * ThingsPerItem, Math.Min(ThingCount, (item + 1) * ThingsPerItem));
}
