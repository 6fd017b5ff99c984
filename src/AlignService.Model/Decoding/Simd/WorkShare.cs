namespace AlignService.Model.Decoding.Simd;

/// <summary>A phase's units (rows, panels, heads) split into items of a few microseconds: large enough to be worth scheduling, small enough to share.</summary>
internal readonly record struct WorkShare(int ThingCount, int ThingsPerItem)
{
    /// <summary>Approximate multiply-adds that make an item worthwhile.</summary>
    private const long ItemCost = 100_000;

    public int ItemCount => (ThingCount + ThingsPerItem - 1) / ThingsPerItem;

    /// <param name="thingCount">Number of units.</param>
    /// <param name="costOfOne">Multiply-adds of one unit.</param>
    /// <param name="granularity">An item has a multiple of this many units.</param>
    public static WorkShare Of(int thingCount, long costOfOne, int granularity)
    {
        long things = Math.Clamp(ItemCost / Math.Max(1, costOfOne * granularity), 1, Math.Max(1, thingCount / granularity)) * granularity;
        return new WorkShare(thingCount, (int)things);
    }

    public (int Start, int End) Item(int item) => (item * ThingsPerItem, Math.Min(ThingCount, (item + 1) * ThingsPerItem));
}
