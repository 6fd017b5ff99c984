using AlignService.Specs.Violations;
using Google.Protobuf;

namespace AlignService.Server.Rpc;

/// <summary>How many items a page of a list has.</summary>
internal static class PageSize
{
    public const int Default = 50, Most = 500;

    /// <summary>In bytes; clients take 4 MiB by themselves.</summary>
    private const int LargestPage = 3 << 20;

    /// <param name="given">Of a request: 0 is the default, and more than the most is the most.</param>
    /// <exception cref="InvalidRequestException">It is negative.</exception>
    public static int Read(int given) => given switch
    {
        < 0 => throw new InvalidRequestException("page_size", $"{given} is negative; give 1 to {Most}, or 0 for {Default}."),
        0 => Default,
        _ => Math.Min(given, Most),
    };

    /// <summary>How many of the first items a client takes in one message; at least one, where there is one.</summary>
    public static int CountFitting(IReadOnlyList<IMessage> items)
    {
        long bytes = 0;
        return Math.Min(items.Count, Math.Max(1, items.TakeWhile(item => (bytes += item.CalculateSize()) <= LargestPage).Count()));
    }
}
