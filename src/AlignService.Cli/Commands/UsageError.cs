using System.CommandLine;
using System.CommandLine.Parsing;
using AlignService.Cli.Output;
using AlignService.Specs.Violations;

namespace AlignService.Cli.Commands;

/// <summary>Says what is wrong with a command line, and suggests names for what is unknown in it.</summary>
internal static class UsageError
{
    public static int Report(ParseResult result)
    {
        var command = result.CommandResult.Command;
        string name = command is RootCommand ? "align" : $"align {command.Name}";
        // After an unknown command, everything else is unknown too: only the first token tells anything.
        var unknown = result.UnmatchedTokens.Take(command is RootCommand ? 1 : int.MaxValue).Prepend(Swallowed(result)).OfType<string>();
        var faults = result.UnmatchedTokens.Count > 0
            ? unknown.Select(token => new Fault("", Unknown(token, command)))
            : result.Errors.Select(error => new Fault("", error.Message));
        var exception = new CommandException(ExitCode.BadInput, $"Invalid command line; see `{name} --help`.", [.. faults]);
        ErrorReport.Write(exception, result.Tokens.Any(token => token.Value == "--json"));
        return (int)exception.ExitCode;
    }

    /// <summary>A mistyped option that was taken for the command's argument, so what is left over makes no sense by itself.</summary>
    private static string? Swallowed(ParseResult result) =>
        result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).FirstOrDefault(value => value.StartsWith("--", StringComparison.Ordinal));

    private static string Unknown(string token, Command command)
    {
        bool isOption = token.StartsWith('-');
        string[] known = isOption
            ? [.. command.Options.Select(option => option.Name)]
            : [.. command.Subcommands.Select(subcommand => subcommand.Name)];
        string kind = isOption ? "an option" : command.Subcommands.Count > 0 ? "a command" : "expected here";
        string hint = NearNames.Hint(token, known);
        return $"\"{token}\" is not {kind}{(hint.Length > 0 ? $"; {hint}" : ".")}";
    }
}
