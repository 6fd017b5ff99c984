using AlignService.Model.Native;
using Xunit;

namespace AlignService.Model.Tests.Native;

/// <summary>
/// A NullReferenceException on a thread whose stack for signals is as short of room as .NET's is once AMX tiles are saved on it; run by <see cref="SignalStackTests"/> in a process of its own.
/// Without Enlarge the process dies with signal 11, on every CPU with AVX-512 (measured) and, by the same sum, on one with AMX.
/// </summary>
public sealed class ShortSignalStack
{
    /// <summary>Eight tile registers of 1 KiB.</summary>
    internal const int TileBytes = 8192;

    [Fact(Explicit = true)]
    public void Measure() => OwnProcess.Answer((int missing) =>
    {
        string result = "";
        var thread = new Thread(() => result = Raise(missing));
        thread.Start();
        thread.Join();
        return result;
    });

    private static string Raise(int missing)
    {
        Shorten(missing);
        SignalStack.Enlarge();
        string? nothing = null;
        try
        {
            return $"a length of {nothing!.Length}";
        }
        catch (NullReferenceException)
        {
            return "caught";
        }
    }

    /// <summary>The same stack, from a place further down.</summary>
    private static unsafe void Shorten(int missing)
    {
        SignalStackRegion region = SignalStack.Current;
        region.Size -= (nuint)missing;
        Assert.Equal(0, NativeMethods.SetSignalStack(&region, null));
    }
}
