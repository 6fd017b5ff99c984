using System.Globalization;
using AlignService.Cli.Output;
using AlignService.Client;
using Spectre.Console;

namespace AlignService.Cli.Transfers;

/// <summary>Counts the bytes of a transfer and shows them: a bar on a terminal, a line now and then elsewhere.</summary>
internal sealed class TransferMeter : IProgress<TransferProgress>
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly ProgressContext? _context;
    private readonly bool _isQuiet;
    private ProgressTask? _bar;
    private string _what = "";
    private long _total, _done, _lastLine;

    private TransferMeter(TimeProvider time, ProgressContext? context, bool isQuiet) => (_time, _context, _isQuiet) = (time, context, isQuiet);

    /// <summary>Runs a transfer with its display.</summary>
    public static async Task<T> ShowAsync<T>(CommandOutput output, Func<TransferMeter, Task<T>> transfer)
    {
        if (!output.IsInteractive)
        {
            return await transfer(new TransferMeter(TimeProvider.System, null, output.IsJson));
        }

        return await output.Console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => transfer(new TransferMeter(TimeProvider.System, context, isQuiet: false)));
    }

    /// <summary>Called after each chunk; a step back, or another phase, is a new attempt.</summary>
    public void Report(TransferProgress value)
    {
        string what = value.Phase.ToString().ToLowerInvariant();
        if (what != _what || value.DoneBytes < _done)
        {
            Begin(what, value);
        }

        _bar?.Increment(value.DoneBytes - _done);
        (_done, _total) = (value.DoneBytes, value.TotalBytes);
        if (_done >= _total)
        {
            _bar?.StopTask(); // everything is sent or received; the server may still be at work
        }
        else if (_context is null && !_isQuiet && _time.GetElapsedTime(_lastLine) >= LineInterval)
        {
            _lastLine = _time.GetTimestamp();
            WriteLine("at");
        }
    }

    private void Begin(string what, TransferProgress at)
    {
        (_what, _total, _done, _lastLine) = (what, at.TotalBytes, at.DoneBytes, _time.GetTimestamp());
        _bar?.StopTask();
        _bar = _context?.AddTask(what, maxValue: Math.Max(1, at.TotalBytes));
        _bar?.Increment(at.DoneBytes);
        if (at.DoneBytes > 0 && _context is null && !_isQuiet)
        {
            WriteLine("continues at");
        }
    }

    /// <summary>In units that people read: 512 B, 1.2 MB, 3.4 GB.</summary>
    public static string Format(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
    };

    private void WriteLine(string verb) => CommandOutput.Note($"{_what} {verb} {Format(_done)} of {Format(_total)}");
}
