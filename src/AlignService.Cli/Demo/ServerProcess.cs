using System.Diagnostics;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Server.Hosting;

namespace AlignService.Cli.Demo;

/// <summary>A server, run by this program in a separate process. It ends when this object is disposed, and when this process ends in any way.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private const int LogLines = 20;

    private readonly Process _process;
    private readonly Task _logCopy;

    private ServerProcess(Process process, Task logCopy, string log, Uri address)
    {
        _process = process;
        _logCopy = logCopy;
        Log = log;
        Address = address;
    }

    public int Id => _process.Id;

    public Uri Address { get; }

    /// <summary>The log file of the server and its workers.</summary>
    public string Log { get; }

    public static async Task<ServerProcess> StartAsync(string dataRoot, string? store, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(dataRoot);
        string log = Path.Combine(dataRoot, "server.log");
        var process = Process.Start(StartInfo(dataRoot, store))!;
        var logCopy = CopyAsync(process.StandardError, log);
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync(cancellationToken);
            if (line is null)
            {
                await logCopy;
                string tail = string.Join(Environment.NewLine, File.ReadLines(log).TakeLast(LogLines));
                throw new CommandException(ExitCode.InternalError, $"The server process exited before it was listening. Last lines ({log}):{Environment.NewLine}{tail}");
            }

            return new ServerProcess(process, logCopy, log, new Uri((string)JsonNode.Parse(line)!["addresses"]![0]!));
        }
        catch
        {
            await StopAsync(process, logCopy);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync(_process, _logCopy);

    private static ProcessStartInfo StartInfo(string dataRoot, string? store)
    {
        ProcessStartInfo start = OwnProgram.With("serve", "--listen", "http://127.0.0.1:0", "--data", dataRoot, "--roots", DemoAssets.Folder, "--json", "--stop-with-input");
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);

        // Not an argument: a connection string holds a password, and arguments are for everyone on the machine to read.
        start.Environment[HostSettingCatalog.Of(nameof(HostSettings.Store)).Variable] = store ?? "";
        return start;
    }

    private static async Task CopyAsync(StreamReader from, string path)
    {
        await using var file = new StreamWriter(path, append: false) { AutoFlush = true };
        while (await from.ReadLineAsync(CancellationToken.None) is { } line)
        {
            await file.WriteLineAsync(line);
        }
    }

    private static async Task StopAsync(Process process, Task logCopy)
    {
        using (process)
        {
            process.StandardInput.Close(); // the server takes it as the order to stop
            using var patience = new CancellationTokenSource(StopPatience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }

            await logCopy;
        }
    }
}
