using System.Diagnostics;
using System.Security.Cryptography;
using AlignService.Testing;

namespace AlignService.Benchmarks.Service;

/// <summary>What is transferred, and how often it is broken off.</summary>
/// <param name="Program">The program `align`.</param>
/// <param name="Megabytes">Size of the large file, in 10^6 bytes.</param>
/// <param name="Interruptions">How often each transfer's client is killed.</param>
/// <param name="Seed">Of the file's bytes and of the moments.</param>
internal sealed record TransferOptions(string Program, int Megabytes, int Interruptions, int Seed);

/// <summary>
/// A model with one large file pushed to a server and pulled from it by the program, without interruption for its speed beside that of `cp`, and once more with clients that are killed at
/// random places: every byte must be right in the end, and neither process may hold more memory than for a small model.
/// </summary>
internal sealed class TransferBenchmark : IDisposable
{
    private const string Small = "small", Plain = "plain", Broken = "broken", LargeFile = "large.data";

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private readonly TransferOptions _options;
    private readonly string _folder = Directory.CreateTempSubdirectory("align-transfer-").FullName;
    private long _clientPeak;

    private TransferBenchmark(TransferOptions options) => _options = options;

    private static string Policy => Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy");

    private string Data => Path.Combine(_folder, "data");

    private string Source => Path.Combine(_folder, "source");

    public static async Task RunAsync(TransferOptions options, CancellationToken cancellationToken)
    {
        using TransferBenchmark benchmark = new(options);
        await benchmark.MeasureAsync(cancellationToken);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        // 1. The model, and what the same bytes cost without a server.
        await WriteModelAsync(cancellationToken);
        double copied = await CopyAsync("copy-before", cancellationToken);

        // 2. A server that has served a small model: what it and a client hold then is not due to size.
        using AlignProcess server = AlignProcess.Start(_options.Program, null, "serve", "--listen", "http://127.0.0.1:0", "--data", Data, "--workers", "0", "--json", "--stop-with-input", "--log-format", "none");
        string address = await server.ReadAddressAsync(cancellationToken);
        await FinishAsync(address, cancellationToken, "models", "push", Policy, "--name", Small);
        await FinishAsync(address, cancellationToken, "models", "pull", Small, "--output", Path.Combine(_folder, Small));
        (long serverBefore, long clientBefore) = (server.PeakBytes(), _clientPeak);
        _clientPeak = 0;

        // 3. Without interruption.
        double pushed = await FinishAsync(address, cancellationToken, "models", "push", Source, "--name", Plain);
        double pulled = await FinishAsync(address, cancellationToken, "models", "pull", Plain, "--output", Path.Combine(_folder, Plain));
        bool plainEqual = await EqualAsync(Path.Combine(Data, "models", Plain), cancellationToken) && await EqualAsync(Path.Combine(_folder, Plain), cancellationToken);
        await FinishAsync(address, cancellationToken, "models", "rm", Plain);
        Directory.Delete(Path.Combine(_folder, Plain), recursive: true);

        // 4. Broken off, and continued by the same command.
        Random random = new(_options.Seed);
        string target = Path.Combine(_folder, Broken);
        int up = await BreakAsync(address, () => BytesIn(Directory.GetDirectories(Path.Combine(Data, "models"), $".upload.{Broken}.*")), random, cancellationToken, "models", "push", Source, "--name", Broken);
        int down = await BreakAsync(address, () => BytesIn($"{target}.partial"), random, cancellationToken, "models", "pull", Broken, "--output", target);
        bool brokenEqual = await EqualAsync(Path.Combine(Data, "models", Broken), cancellationToken) && await EqualAsync(target, cancellationToken);

        double copiedAfter = await CopyAsync("copy-after", cancellationToken);
        ServiceBenchmark.Print(new
        {
            benchmark = "service-transfer",
            megabytes = _options.Megabytes,
            cp_mb_per_second = new[] { Speed(copied), Speed(copiedAfter) },
            push_mb_per_second = Speed(pushed),
            pull_mb_per_second = Speed(pulled),
            push_interruptions = up,
            pull_interruptions = down,
            checksums_equal = plainEqual && brokenEqual,
            server_peak_mib = new[] { serverBefore >> 20, server.PeakBytes() >> 20 },
            client_peak_mib = new[] { clientBefore >> 20, _clientPeak >> 20 },
        });
        await server.StopAsync(cancellationToken);
    }

    /// <summary>The demo's policy, and a large file beside it that no two runs of a compressor or a file system make small.</summary>
    private async Task WriteModelAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Source);
        foreach (string file in Directory.GetFiles(Policy))
        {
            File.Copy(file, Path.Combine(Source, Path.GetFileName(file)));
        }

        Random random = new(_options.Seed);
        byte[] block = new byte[1_000_000];
        await using FileStream large = File.Create(Path.Combine(Source, LargeFile));
        for (int i = 0; i < _options.Megabytes; i++)
        {
            random.NextBytes(block);
            await large.WriteAsync(block, cancellationToken);
        }
    }

    /// <returns>Seconds until the copy is on the disk, as a server's answer says that a model is.</returns>
    private async Task<double> CopyAsync(string name, CancellationToken cancellationToken)
    {
        string copy = Path.Combine(_folder, name);
        long start = Stopwatch.GetTimestamp();
        using (AlignProcess cp = AlignProcess.Start("/bin/sh", null, "-c", "cp \"$0\" \"$1\" && sync \"$1\"", Path.Combine(Source, LargeFile), copy))
        {
            await cp.RequireSuccessAsync(cancellationToken);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        File.Delete(copy);
        return seconds;
    }

    /// <returns>Seconds, the program's start included.</returns>
    private async Task<double> FinishAsync(string address, CancellationToken cancellationToken, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using AlignProcess client = AlignProcess.Start(_options.Program, address, [.. arguments, "--json"]);
        Task ended = client.RequireSuccessAsync(cancellationToken);
        using PeriodicTimer timer = new(Glance);
        while (!ended.IsCompleted)
        {
            _clientPeak = Math.Max(_clientPeak, client.PeakBytes());
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        await ended;
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Kills the client each time that so much has arrived, starts it again, and lets the last one finish.</summary>
    /// <returns>How often one was killed: a client may be done before it is.</returns>
    private async Task<int> BreakAsync(string address, Func<long> arrived, Random random, CancellationToken cancellationToken, params string[] arguments)
    {
        long bytes = _options.Megabytes * 1_000_000L;
        int killed = 0;
        foreach (double share in Enumerable.Range(0, _options.Interruptions).Select(_ => 0.02 + (0.93 * random.NextDouble())).Order().ToArray())
        {
            using AlignProcess client = AlignProcess.Start(_options.Program, address, [.. arguments, "--json"]);
            using PeriodicTimer timer = new(Glance);
            while (!client.HasExited && arrived() < share * bytes)
            {
                _clientPeak = Math.Max(_clientPeak, client.PeakBytes());
                await timer.WaitForNextTickAsync(cancellationToken);
            }

            if (!client.TryKill())
            {
                await client.RequireSuccessAsync(cancellationToken); // done before its moment came
                return killed;
            }

            killed++;
        }

        await FinishAsync(address, cancellationToken, arguments);
        return killed;
    }

    /// <summary>By SHA-256, of every file of the source.</summary>
    private async Task<bool> EqualAsync(string directory, CancellationToken cancellationToken)
    {
        foreach (string file in Directory.GetFiles(Source))
        {
            await using FileStream given = File.OpenRead(file), found = File.OpenRead(Path.Combine(directory, Path.GetFileName(file)));
            byte[] sent = await SHA256.HashDataAsync(given, cancellationToken), received = await SHA256.HashDataAsync(found, cancellationToken);
            if (!sent.SequenceEqual(received))
            {
                return false;
            }
        }

        return true;
    }

    private double Speed(double seconds) => Math.Round(_options.Megabytes / seconds, 1);

    private static long BytesIn(params string[] directories)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        try
        {
            return directories.Sum(directory => new DirectoryInfo(directory).EnumerateFiles("*", all).Sum(file => file.Length));
        }
        catch (IOException)
        {
            return 0; // not there yet, or moved just now
        }
    }
}
