using AlignService.Model.Architecture;
using AlignService.Model.Native;
using AlignService.Model.Tests.Architecture;
using TorchSharp;
using Xunit;

namespace AlignService.Model.Tests.Native;

public sealed class SignalStackTests
{
    /// <summary>What one thread does first, and must then have a large stack.</summary>
    public static TheoryData<string, Action> FirstUses { get; } = new()
    {
        { "prepares libtorch", () => TorchRuntime.Initialize(new TorchRuntimeOptions { KeepFreedMemory = false }) },
        { "passes through a model", Pass },
        { "calls an operator", CallOperator },
    };

    [Theory]
    [MemberData(nameof(FirstUses), DisableDiscoveryEnumeration = true)]
    public void Thread_FirstUseOfLibtorch_EnlargesItsStack(string use, Action first)
    {
        (SignalStackRegion Before, SignalStackRegion After, SignalStackRegion Later) seen = OnThread(() =>
        {
            SignalStackRegion before = SignalStack.Current;
            first();
            SignalStackRegion after = SignalStack.Current;
            first();
            return (before, after, SignalStack.Current);
        });

        Assert.True(seen.Before.Size < SignalStack.Size, $"a thread already has {seen.Before.Size} bytes before it {use}");
        Assert.Equal((nuint)SignalStack.Size, seen.After.Size);
        Assert.Equal(seen.After.Lowest, seen.Later.Lowest);
    }

    /// <summary>A test may call libtorch itself; TorchSetUp prepares its thread.</summary>
    [Fact]
    public void Thread_OfATest_HasALargeStack() => Assert.True(SignalStack.Current.Size >= SignalStack.Size);

    [Fact]
    public void Enlarge_NewStack_IsWritableAboveAGuard()
    {
        (string Guard, string Stack) access = OnThread(() =>
        {
            SignalStack.Enlarge();
            nint lowest = SignalStack.Current.Lowest;
            return (AccessOf(lowest), AccessOf(lowest + Environment.SystemPageSize));
        });

        Assert.Equal("---p", access.Guard);
        Assert.Equal("rw-p", access.Stack);
    }

    /// <summary>A process short of addresses must not fill with the stacks of threads that a pool started and ended.</summary>
    [Fact]
    public void Enlarge_ThreadsThatEnd_GiveTheirStacksBack()
    {
        const int threads = 50;
        nint[] stacks = [.. Enumerable.Range(0, threads).Select(_ => OnThread(() =>
        {
            SignalStack.Enlarge();
            return SignalStack.Current.Lowest;
        }))];

        // The last thread may not be quite gone, and an address may be somebody else's by now.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();

        Assert.InRange(stacks.Count(lowest => AccessOf(lowest) == "---p" && AccessOf(lowest + SignalStack.Size - 1) == "rw-p"), 0, threads / 5);
    }

    /// <summary>A crash fails this test instead of ending all of them.</summary>
    [Fact]
    public async Task Enlarge_WhereNetsStackLacksTheRoomOfTiles_LetsNullReferencesBeCaught() =>
        Assert.Equal("caught", await OwnProcess.RunAsync<ShortSignalStack, int, string>(ShortSignalStack.TileBytes, TestContext.Current.CancellationToken));

    private static void Pass()
    {
        using Transformer model = TinyModel.Create(TinyModel.Llama);
        using torch.Tensor ids = torch.zeros(1, 3, torch.ScalarType.Int64);
        model.Hidden(ids).Dispose();
    }

    private static void CallOperator()
    {
        using torch.Tensor ones = torch.ones(2);
        NativeOperators.ViewAs(ones, torch.ScalarType.Int32).Dispose();
    }

    private static T OnThread<T>(Func<T> work)
    {
        T result = default!;
        var thread = new Thread(() => result = work());
        thread.Start();
        thread.Join();
        return result;
    }

    /// <summary>As in /proc/self/maps; empty where nothing is mapped.</summary>
    private static string AccessOf(nint address)
    {
        foreach (string[] fields in File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')))
        {
            nint[] ends = [.. fields[0].Split('-').Select(end => nint.Parse(end, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture))];
            if (ends[0] <= address && address < ends[1])
            {
                return fields[1];
            }
        }

        return "";
    }
}
