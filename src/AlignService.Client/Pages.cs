using System.Runtime.CompilerServices;

namespace AlignService.Client;

/// <summary>Lists that come page by page.</summary>
internal static class Pages
{
    private const int Largest = 500;

    /// <summary>Every item, with the next page asked for when the one before is used up.</summary>
    /// <param name="limit">At most this many.</param>
    /// <param name="ask">For a page of a size, after a token; the first is empty.</param>
    /// <param name="read">Of a page its items, and the token of the next; empty on the last.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<TItem> ReadAsync<TPage, TItem>(
        int limit, Func<int, string, Task<TPage>> ask, Func<TPage, (IReadOnlyList<TItem> Items, string NextToken)> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string token = "";
        for (int left = limit; left > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (IReadOnlyList<TItem> items, token) = read(await ask(Math.Min(left, Largest), token));
            foreach (TItem item in items.Take(left))
            {
                yield return item;
            }

            left -= items.Count;
            if (token.Length == 0)
            {
                yield break;
            }
        }
    }
}
