using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AlignService.Benchmarks.Service;

/// <summary>A process that a benchmark runs, and the most memory that it has held.</summary>
internal sealed class AlignProcess : IDisposable
{
    private const string PeakLine = "VmHWM:";

    private readonly Process _process;

    private AlignProcess(Process process) => _process = process;

    public bool HasExited => _process.HasExited;

    /// <param name="program">Its path.</param>
    /// <param name="server">The address that it is to call; null for none.</param>
    /// <param name="arguments">Its arguments.</param>
    public static AlignProcess Start(string program, string? server, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ALIGN_SERVER"] = server;
        return new AlignProcess(Process.Start(start)!); // never null without the shell
    }

    /// <summary>The address that a server writes when it listens.</summary>
    public async Task<string> ReadAddressAsync(CancellationToken cancellationToken)
    {
        string line = await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException($"the server ended: {await _process.StandardError.ReadToEndAsync(cancellationToken)}");
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("addresses")[0].GetString()!; // as `align serve --json` writes it
    }

    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task RequireSuccessAsync(CancellationToken cancellationToken)
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync(cancellationToken), error = _process.StandardError.ReadToEndAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} exited with {_process.ExitCode}: {await output}{await error}");
        }
    }

    /// <summary>The most bytes that were resident; 0 where it has gone.</summary>
    public long PeakBytes()
    {
        try
        {
            string? line = File.ReadLines($"/proc/{_process.Id}/status").FirstOrDefault(line => line.StartsWith(PeakLine, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[PeakLine.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Without warning, as by a power failure. False where it had ended.</summary>
    public bool TryKill()
    {
        if (_process.HasExited)
        {
            return false;
        }

        _process.Kill();
        _process.WaitForExit();
        return _process.ExitCode != 0;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        TryKill();
        _process.Dispose();
    }
}
