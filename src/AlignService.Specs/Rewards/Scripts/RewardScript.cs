using System.Text.RegularExpressions;
using Acornima.Ast;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;

namespace AlignService.Specs.Rewards.Scripts;

/// <summary>
/// A script, compiled once. Its score is what the function <c>reward</c> returns, or the function that the script ends with, called with the completion's facts;
/// otherwise the value of the script itself, which finds the same facts as global names.
/// </summary>
public sealed class RewardScript
{
    /// <summary>Longest source, in characters.</summary>
    public const int MaxLength = 65_536;

    private const string FunctionName = "reward";

    private readonly Prepared<Script> _prepared;

    private RewardScript(Prepared<Script> prepared) => _prepared = prepared;

    /// <exception cref="RewardException">It is empty, too long, not JavaScript, or uses something that is not allowed; with the line.</exception>
    public static RewardScript Parse(string source)
    {
        if (string.IsNullOrWhiteSpace(source) || source.Length > MaxLength)
        {
            throw new RewardException($"The script has {source.Length} characters; it must have 1 to {MaxLength}.");
        }

        try
        {
            Prepared<Script> prepared = Engine.PrepareScript(source, "reward.js", strict: true, new ScriptPreparationOptions
            {
                ParsingOptions = new ScriptParsingOptions { RegexTimeout = ScriptSandbox.PatternTimeLimit },
            });
            Refuse<BigIntLiteral>(prepared, "a BigInt", "an operation on BigInts could take forever; use numbers");
            Refuse<ImportExpression>(prepared, "an import", "there are no modules");
            return new(prepared);
        }
        catch (JintException fault)
        {
            throw new RewardException($"The script is not valid JavaScript: {(fault.InnerException ?? fault).Message}");
        }
    }

    /// <param name="request">The completion.</param>
    /// <param name="segments">Its segments, where the job splits completions; else null.</param>
    /// <param name="cancellationToken">Ends the script between two statements.</param>
    public RewardScore Run(ScoringRequest request, IReadOnlyList<CompletionSegment>? segments, CancellationToken cancellationToken) =>
        Run(request, segments, out _, cancellationToken);

    /// <param name="request">The completion.</param>
    /// <param name="segments">Its segments, where the job splits completions; else null.</param>
    /// <param name="broken">There is no score because of the script itself, whatever the completion: a name that does not exist, or a limit of the sandbox.</param>
    /// <param name="cancellationToken">Ends the script between two statements.</param>
    public RewardScore Run(ScoringRequest request, IReadOnlyList<CompletionSegment>? segments, out bool broken, CancellationToken cancellationToken)
    {
        broken = true;
        try
        {
            Engine engine = ScriptSandbox.Create(cancellationToken);
            RewardScore score = ScriptResult.ToScore(Evaluate(engine, ScriptFacts.Of(engine, request, segments)), segments);
            broken = false;
            return score;
        }
        catch (JavaScriptException fault)
        {
            broken = fault.Error is ObjectInstance error && error.Get("name").ToString() == "ReferenceError";
            return RewardScore.None($"the script failed: {fault.Message} (line {fault.Location.Start.Line})");
        }
        catch (StatementsCountOverflowException)
        {
            return RewardScore.None($"the script ran for more than {ScriptSandbox.MaxStatements} statements");
        }
        catch (MemoryLimitExceededException)
        {
            return RewardScore.None($"the script took more than {ScriptSandbox.MaxAllocatedBytes >> 20} MiB, or an array of more than {ScriptSandbox.MaxArrayLength} elements");
        }
        catch (OutOfMemoryException)
        {
            return RewardScore.None("the script ran out of memory");
        }
        catch (RecursionDepthOverflowException)
        {
            return RewardScore.None($"the script called functions more than {ScriptSandbox.MaxRecursionDepth} deep");
        }
        catch (RegexMatchTimeoutException fault)
        {
            return RewardScore.None($"the script's pattern {fault.Pattern} took more than {ScriptSandbox.PatternTimeLimit.TotalSeconds} s on one text");
        }
        catch (TimeoutException)
        {
            return RewardScore.None($"the script took more than {ScriptSandbox.TimeLimit.TotalSeconds} s");
        }
        catch (ExecutionCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            broken = false;
            return RewardScore.None($"the script failed: {fault.Message}");
        }
    }

    private static void Refuse<TNode>(Prepared<Script> prepared, string what, string why)
        where TNode : Node
    {
        if (prepared.Program!.DescendantNodesAndSelf().OfType<TNode>().FirstOrDefault() is { } node)
        {
            throw new RewardException($"The script has {what} on line {node.Location.Start.Line}; {why}.");
        }
    }

    private JsValue Evaluate(Engine engine, ObjectInstance facts)
    {
        JsValue value = engine.Evaluate(_prepared);
        JsValue function = value is not Jint.Native.Function.Function ? engine.Evaluate($"typeof {FunctionName} === 'function' ? {FunctionName} : undefined") : value;
        return function.IsUndefined() ? value : engine.Invoke(function, facts);
    }
}
