using System.Globalization;
using Jint;

namespace AlignService.Specs.Rewards.Scripts;

/// <summary>
/// Scripts can only compute. They have no access to .NET, files, the network, modules or code from text, nor to anything that differs between runs.
/// </summary>
internal static class ScriptSandbox
{
    /// <summary>Most statements per completion; ends a loop at the same point on every machine.</summary>
    public const int MaxStatements = 1_000_000;

    /// <summary>Bytes that one completion may allocate, including freed ones.</summary>
    public const long MaxAllocatedBytes = 128L << 20;

    public const int MaxRecursionDepth = 200;

    public const int MaxArrayLength = 1_000_000;

    /// <summary>Per completion: the last resort, for slow single statements.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    /// <summary>Per regular expression and text.</summary>
    public static readonly TimeSpan PatternTimeLimit = TimeSpan.FromSeconds(1);

    // Built-in functions that make long strings at once are held to a length, for limits are looked at between statements only.
    private static readonly Prepared<Acornima.Ast.Script> Prelude = Engine.PrepareScript(
        """
        (() => {
          const longest = 1 << 24;
          const checked = length => { if (!(length <= longest)) throw new RangeError('the string would have more than ' + longest + ' characters'); };
          const prototype = String.prototype;
          const replaceBy = (name, bound) => {
            const original = prototype[name];
            Object.defineProperty(prototype, name, { value: { [name](...args) { return original.apply(this, bound(String(this), args)); } }[name] });
          };
          replaceBy('repeat', (text, args) => { checked(text.length * args[0] || 0); return args; });
          for (const name of ['padStart', 'padEnd']) replaceBy(name, (text, args) => { checked(args[0] || 0); return args; });
          for (const name of ['replace', 'replaceAll']) replaceBy(name, (text, [pattern, by]) => {
            if (typeof by === 'function') {
              let total = text.length;
              return [pattern, (...match) => { const made = String(by(...match)); checked(total += made.length); return made; }];
            }
            const made = String(by);
            checked((text.length + 1) * made.length * (made.includes('$') ? text.length + 1 : 1) / 64);
            return [pattern, made];
          });
          const refuse = (owner, name, why) => Object.defineProperty(owner, name, { get() { throw new TypeError(name + ' is not available: ' + why); }, set: undefined, configurable: true });
          const changing = 'a score must be the same whenever it is computed';
          for (const name of ['Date', 'Temporal', 'Intl', 'WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics']) refuse(globalThis, name, changing);
          refuse(Math, 'random', changing);
          for (const name of ['BigInt', 'BigInt64Array', 'BigUint64Array', 'DataView']) refuse(globalThis, name, 'one of its operations could take forever');
        })()
        """, "sandbox.js", strict: true);

    public static Engine Create(CancellationToken cancellationToken)
    {
        Options options = new() { Culture = CultureInfo.InvariantCulture, TimeZone = TimeZoneInfo.Utc, AgentCanSuspend = false };
        options.Strict();
        options.DisableStringCompilation();
        options.MaxStatements(MaxStatements).LimitMemory(MaxAllocatedBytes).LimitRecursion(MaxRecursionDepth).TimeoutInterval(TimeLimit).CancellationToken(cancellationToken);
        options.Constraints.MaxArraySize = MaxArrayLength;
        options.Constraints.RegexTimeout = PatternTimeLimit;
        options.Constraints.StackOverflowGuard = true;
        Engine engine = new(options);
        engine.Execute(Prelude);
        return engine;
    }
}
