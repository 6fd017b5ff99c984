using System.CommandLine;
using AlignService.Cli.Chatting;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Sampling;

namespace AlignService.Cli.Commands;

/// <summary>`align chat`: a conversation with a server's model, or with one in this process.</summary>
internal sealed class ChatCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly NamedModel _named = new();
    private readonly SamplingOptions _sampling = new("Key of the random streams; the same seed gives the same answers to the same words [default: another for each answer]");
    private readonly Argument<string> _model = new("MODEL") { Description = "models/ID, jobs/JOB/checkpoints/best (last, step-000120), or a directory that the server can read; with --local, a directory of this machine" };
    private readonly Option<string?> _system = new("--system") { Description = "The system message", HelpName = "TEXT" };
    private readonly Option<bool> _local = new("--local") { Description = "Load the model into this process; no server is needed" };

    public ChatCommand()
        : base("chat", "Talk to a model in the terminal: its answers stream, Ctrl+C stops an answer, /reset begins anew, /system TEXT sets the system message, /exit ends")
    {
        Add(_model);
        Add(_system);
        Add(_local);
        _sampling.AddTo(this);
        _named.AddTo(this);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align chat jobs/a1b2c3d4/checkpoints/best",
        "align chat models/smollm2-135m-instruct --system 'Answer in one sentence.' --temperature 0.7",
        "align chat models/SmolLM2-135M-Instruct --local",
        "printf 'What is 2 + 3?\\n' | align chat jobs/a1b2c3d4/checkpoints/last --temperature 0 --json",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        SamplingChoice sampling = _sampling.Read(result);
        string name = result.GetRequiredValue(_model);
        using IAnsweringModel model = result.GetValue(_local) ? LocalModel.Load(_named.Resolve(result, name)) : new ServerModel(NamedModel.WithStepName(name), _client.Connect(result));
        using AnswerInterrupt interrupt = new();
        ChatSession session = new(model, sampling, output, interrupt) { System = result.GetValue(_system), IsInteractive = !Console.IsInputRedirected };
        await session.RunAsync(Console.In, cancellationToken);
        return ExitCode.Ok;
    }
}
