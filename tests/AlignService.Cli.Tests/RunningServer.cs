using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>`align serve` in a process of its own, with its data in a folder that goes with it.</summary>
internal sealed partial class RunningServer : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private readonly TemporaryFolder _data;
    private readonly bool _ownsData;
    private readonly Process _process;

    private RunningServer(TemporaryFolder data, bool ownsData, Process process)
    {
        _data = data;
        _ownsData = ownsData;
        _process = process;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
    }

    public string Address { get; private set; } = "";

    public Process Process => _process;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public static Task<RunningServer> StartAsync(int workers, IReadOnlyDictionary<string, string>? environment = null) =>
        StartAsync(new TemporaryFolder(), ownsData: true, "http://127.0.0.1:0", workers, new ProgramInput { Environment = environment ?? new Dictionary<string, string>() });

    /// <summary>A server over data that were there before and stay.</summary>
    public static Task<RunningServer> StartAsync(TemporaryFolder data, string listen, int workers, IReadOnlyDictionary<string, string>? environment = null) =>
        StartAsync(data, ownsData: false, listen, workers, new ProgramInput { Environment = environment ?? new Dictionary<string, string>() });

    public async Task<ProgramResult> RunAsync(params string[] arguments) =>
        await AlignProgram.RunAsync(new ProgramInput { Environment = Environment }, arguments);

    public Process Start(params string[] arguments) => AlignProgram.Start(new ProgramInput { Environment = Environment }, arguments);

    public static void Signal(Process process, PosixSignal signal) => Assert.Equal(0, SendSignal(process.Id, signal == PosixSignal.SIGINT ? 2 : 15));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                throw new TimeoutException($"The server has not stopped in 30 s after its input ended. Its log:\n{Log}");
            }
        }

        _process.Dispose();
        if (_ownsData)
        {
            _data.Dispose();
        }
    }

    private Dictionary<string, string> Environment => new() { ["ALIGN_SERVER"] = Address };

    private static async Task<RunningServer> StartAsync(TemporaryFolder data, bool ownsData, string listen, int workers, ProgramInput input)
    {
        var process = AlignProgram.Start(input, "serve", "--listen", listen, "--data", data.Path, "--roots", "/", "--workers", $"{workers}", "--json", "--stop-with-input");
        var server = new RunningServer(data, ownsData, process);
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.True(line is not null, $"The server ended before it listened:\n{server.Log}");
        server.Address = (string)JsonNode.Parse(line)!["addresses"]![0]!;
        return server;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
