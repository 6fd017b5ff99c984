using System.Text;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Cli.Sampling;
using AlignService.Specs.Data;

namespace AlignService.Cli.Chatting;

/// <summary>A conversation with a model, line by line: what was said stays, and the model reads all of it again with each turn.</summary>
/// <param name="model">Borrowed.</param>
/// <param name="sampling">How answers are sampled.</param>
/// <param name="output">Receives the answers.</param>
/// <param name="interrupt">Ends an answer.</param>
internal sealed class ChatSession(IAnsweringModel model, SamplingChoice sampling, CommandOutput output, AnswerInterrupt interrupt)
{
    private const string Help = "/reset begins anew, /system TEXT sets the system message and begins anew, /exit ends; Ctrl+C stops an answer.";

    private readonly List<PromptMessage> _turns = [];

    /// <summary>The system message; null: the chat template's own.</summary>
    public string? System { get; set; }

    /// <summary>Whether somebody types: then errors are told and the conversation goes on.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Returns at the end of the input, or at /exit.</summary>
    /// <exception cref="CommandException">The model cannot answer, and nobody types who could do something about it.</exception>
    public async Task RunAsync(TextReader input, CancellationToken cancellationToken)
    {
        if (IsInteractive)
        {
            CommandOutput.Note(Help);
        }

        while (await ReadAsync(input, cancellationToken) is { } line && !IsExit(line))
        {
            if (line.StartsWith('/'))
            {
                Obey(line);
            }
            else if (line.Trim().Length > 0)
            {
                await SayAsync(line, cancellationToken);
            }
        }
    }

    private static bool IsExit(string line) => line.Trim() is "/exit" or "/quit";

    private async Task<string?> ReadAsync(TextReader input, CancellationToken cancellationToken)
    {
        if (IsInteractive)
        {
            await Console.Error.WriteAsync("> ");
        }

        // A terminal's read cannot be cancelled; the program ends beside it.
        return await Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
    }

    private void Obey(string line)
    {
        string[] words = line.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
        switch (words[0])
        {
            case "/reset":
                _turns.Clear();
                break;
            case "/system":
                System = words.Length > 1 ? words[1] : null;
                _turns.Clear();
                break;
            default:
                CommandOutput.Note($"{words[0]} is not known. {Help}");
                break;
        }
    }

    private async Task SayAsync(string text, CancellationToken cancellationToken)
    {
        _turns.Add(new PromptMessage("user", text));
        StringBuilder said = new();
        string reason = "interrupted";
        using (CancellationTokenSource answer = interrupt.Begin(cancellationToken))
        {
            try
            {
                reason = (await model.AnswerAsync(new Prompt(0, null, Messages(), null), sampling, piece => Show(piece, said), answer.Token)).FinishReason;
            }
            catch (OperationCanceledException) when (answer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // The answer ends here, and stays as far as it came.
            }
            catch (AlignException fault) when (IsInteractive)
            {
                Forget(fault as CommandException ?? new CommandException(ExitCode.BadInput, fault.Message, fault));
                return;
            }
            finally
            {
                interrupt.End();
            }
        }

        _turns.Add(new PromptMessage("assistant", said.ToString()));
        Finish(said.ToString(), reason);
    }

    private PromptMessage[] Messages() => System is null ? [.. _turns] : [new PromptMessage("system", System), .. _turns];

    /// <summary>What was not answered was not said: it may be too long for the model.</summary>
    private void Forget(CommandException fault)
    {
        _turns.RemoveAt(_turns.Count - 1);
        ErrorReport.Write(fault, json: false);
    }

    private void Show(string piece, StringBuilder said)
    {
        said.Append(piece);
        if (!output.IsJson)
        {
            Console.Out.Write(piece);
            Console.Out.Flush();
        }
    }

    private void Finish(string text, string reason)
    {
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["text"] = text, ["finish_reason"] = reason });
        }
        else
        {
            Console.Out.WriteLine();
        }

        if (IsInteractive && reason is "interrupted" or "length")
        {
            CommandOutput.Note(reason == "length" ? "(--max-tokens was reached)" : "(stopped)");
        }
    }
}
