using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Jobs.Sampling;
using AlignService.Jobs.Trials;
using AlignService.Jobs.Workers;
using AlignService.Server.Hosting;
using AlignService.Server.Workers;
using AlignService.Specs.Resources;
using AlignService.Worker;
using AlignService.Worker.Sampling;
using AlignService.Worker.Scoring;

namespace AlignService.Cli.Commands;

/// <summary>`align worker`: waits for jobs and runs each in a process of its own, or is that process.</summary>
internal sealed class WorkerCommand : Command, IExplainedCommand
{
    private readonly HostOptions _host = new(isServer: false);
    private readonly Option<string?> _job = new("--job") { Description = $"Run this job in this process and exit: 0 done, {WorkerExitCode.NotRunnable} it cannot run now, {WorkerExitCode.LeaseLost} another worker has it, {WorkerExitCode.Stuck} the training hung", HelpName = "JOB" };
    private readonly Option<string?> _workerId = new("--worker-id") { Description = "Names the process in the job's lease", HelpName = "ID", Hidden = true };
    private readonly Option<string?> _device = new("--device") { Description = "With --job: cpu, cuda or cuda:N [default: a CUDA device where the build and the machine have one, else cpu]", HelpName = "DEVICE" };
    private readonly Option<string?> _model = new("--model") { Description = "Load this model and sample from it as standard input asks", HelpName = "DIR", Hidden = true };
    private readonly Option<bool> _tryRewards = new("--try-rewards") { Description = "Score what standard input gives", Hidden = true };
    private readonly Option<bool> _supervised = new("--supervised") { Description = "Stop when standard input ends", Hidden = true };
    private readonly Option<bool> _json = new("--json") { Description = "Log as JSON lines; short for --log-format json" };

    public WorkerCommand()
        : base("worker", "Run jobs from the store: one process per job, at most one job per device, until Ctrl+C; then each ends its step, saves and gives its job back")
    {
        _host.AddTo(this);
        Add(_job);
        Add(_workerId);
        Add(_device);
        Add(_model);
        Add(_tryRewards);
        Add(_supervised);
        Add(_json);
        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align worker --data /srv/align --store 'Host=db;Database=align;Username=align'",
        "align worker --workers 2",
        "align worker --job a1b2c3d4",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        HostSettings settings = _host.Read(result);
        if (output.IsJson)
        {
            settings = settings with { LogFormat = LogFormat.Json };
        }

        if (result.GetValue(_model) is { } model)
        {
            using var host = new ModelHost(Console.OpenStandardInput(), Console.OpenStandardOutput(), TimeSpan.FromSeconds(settings.StopGraceSeconds), TimeProvider.System);
            return (ExitCode)LiveModel.Serve(model, result.GetValue(_device) ?? "cpu", host);
        }

        if (result.GetValue(_tryRewards))
        {
            return TryRewards(settings);
        }

        if (result.GetValue(_job) is not { } job)
        {
            await WorkerHost.RunAsync(settings, cancellationToken);
            return ExitCode.Ok;
        }

        var task = new WorkerTask(new JobId(JobName.ParseId(job)), result.GetValue(_workerId), result.GetValue(_supervised) ? Console.OpenStandardInput() : null)
        {
            Device = result.GetValue(_device),
        };
        int code = await WorkerHost.RunJobAsync(settings, task, WorkerServices.AddTraining, cancellationToken);
        if (code == WorkerExitCode.Stuck)
        {
            // Native code that hangs may hold what the ordinary end of a process waits for.
            OwnProgram.ExitAtOnce(code);
        }

        return (ExitCode)code;
    }

    private static ExitCode TryRewards(HostSettings settings)
    {
        try
        {
            RewardTrial.Run(Console.OpenStandardInput(), Console.OpenStandardOutput(), WorkerHost.AccessOf(settings), TimeProvider.System);
            return ExitCode.Ok;
        }
        catch (AlignException fault)
        {
            CommandOutput.Note(fault.Message);
            return (ExitCode)RewardTrialProcess.Refused;
        }
    }
}
