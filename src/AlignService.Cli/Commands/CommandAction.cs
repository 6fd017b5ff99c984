using System.CommandLine;
using System.Data.Common;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Server.Hosting;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Cli.Commands;

/// <summary>Runs a command and turns exceptions into a message and an exit code: the one place that does.</summary>
internal static class CommandAction
{
    /// <param name="command">The command that the action is set on.</param>
    /// <param name="json">Its `--json`.</param>
    /// <param name="run">What it does.</param>
    public static void Run(this Command command, Option<bool> json, Func<ParseResult, CommandOutput, CancellationToken, Task<ExitCode>> run) =>
        command.SetAction(async (result, cancellationToken) =>
        {
            bool isJson = result.GetValue(json);
            try
            {
                return (int)await run(result, new CommandOutput(isJson), cancellationToken);
            }
            catch (CommandException exception)
            {
                return Fail(exception, isJson);
            }
            catch (AlignCallException exception)
            {
                return Fail(RpcErrors.Translate(exception), isJson);
            }
            catch (ClientCertificateException exception)
            {
                return Fail(new CommandException(ExitCode.BadInput, $"{exception.Message} Check --ca, --certificate and --certificate-key.", exception), isJson);
            }
            catch (TransferException exception)
            {
                return Fail(new CommandException(ExitCode.InternalError, exception.Message, exception), isJson);
            }
            catch (ScoringPausedException exception)
            {
                return Fail(new CommandException(ExitCode.Refused, $"{exception.Message} A job would pause here; set calls.when_unscored to leave_out to go on without these scores.", exception), isJson);
            }
            catch (AlignException exception)
            {
                return Fail(new CommandException(ExitCode.BadInput, exception.Message, exception), isJson);
            }
            catch (DbException exception)
            {
                return Fail(new CommandException(ExitCode.ServerUnreachable, $"The store does not answer: {exception.Message}. Is the database running, and is --store or {HostSettingCatalog.Of(nameof(HostSettings.Store)).Variable} right?", exception), isJson);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return Fail(new CommandException(ExitCode.BadInput, exception.Message, exception), isJson);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Console.Error.WriteLine(exception);
                return Fail(new CommandException(ExitCode.InternalError, $"Internal error ({exception.GetType().Name}: {exception.Message}). Please report it with the lines above.", exception), isJson);
            }
        });

    private static int Fail(CommandException exception, bool json)
    {
        ErrorReport.Write(exception, json);
        return (int)exception.ExitCode;
    }
}
