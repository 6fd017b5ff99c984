namespace AlignService.Text.Chat.Values;

/// <summary>A merge sort that keeps the order of equals, lets an error of the comparison through, and bears comparisons that contradict each other.</summary>
internal static class StableSort
{
    /// <param name="compare">Below 0, 0 or above 0.</param>
    public static List<T> Sort<T>(List<T> items, Comparison<T> compare)
    {
        if (items.Count < 2)
        {
            return items;
        }

        List<T> left = Sort(items[..(items.Count / 2)], compare);
        List<T> right = Sort(items[(items.Count / 2)..], compare);
        var merged = new List<T>(items.Count);
        for (int l = 0, r = 0; merged.Count < items.Count;)
        {
            bool takesRight = l == left.Count || (r < right.Count && compare(right[r], left[l]) < 0);
            merged.Add(takesRight ? right[r++] : left[l++]);
        }

        return merged;
    }
}
