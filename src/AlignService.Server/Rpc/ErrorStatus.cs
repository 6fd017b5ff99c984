using System.Diagnostics;
using AlignService.Jobs.Ports;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Status = Google.Rpc.Status;

namespace AlignService.Server.Rpc;

/// <summary>The google.rpc.Status of each error: code, message and the standard details.</summary>
internal static class ErrorStatus
{
    private const string Domain = "align.v1";
    private const string JobType = "align.v1/Job";

    public static Status Of(AlignException exception) => exception switch
    {
        InvalidRequestException invalid => Create(Code.InvalidArgument, invalid, "INVALID_REQUEST", WriteViolations(invalid.Violations)),
        PageTokenException token => Create(Code.InvalidArgument, token, "PAGE_TOKEN_UNKNOWN", WriteViolations([new Violation("page_token", ViolationCode.Invalid, token.Message)])),
        JobNotFoundException missing => Create(
            Code.NotFound,
            missing,
            "JOB_NOT_FOUND",
            new ResourceInfo { ResourceType = JobType, ResourceName = missing.JobId.ResourceName, Description = missing.Message }),
        RequestIdReusedException reused => Create(
            Code.AlreadyExists,
            reused,
            "REQUEST_ID_REUSED",
            new ResourceInfo { ResourceType = "align.v1/Request", Description = reused.Message },
            WriteViolations([new Violation("request_id", ViolationCode.Invalid, reused.Message)])),
        QueueFullException full => Create(
            Code.ResourceExhausted,
            full,
            "QUEUE_FULL",
            new QuotaFailure { Violations = { new QuotaFailure.Types.Violation { Subject = "queued jobs", Description = full.Message } } }),
        InvalidTransitionException transition => Create(
            Code.FailedPrecondition,
            transition,
            "STATE",
            new PreconditionFailure { Violations = { new PreconditionFailure.Types.Violation { Type = "STATE", Subject = JobType, Description = transition.Message } } }),
        StoreException store => Create(Code.Unavailable, store, "STORE"),
        LeaseLostException lost => Create(Code.Aborted, lost, "LEASE_LOST"),
        _ => Create(
            Code.FailedPrecondition,
            exception,
            exception.Reason.ToUpperInvariant(),
            new PreconditionFailure
            {
                Violations = { new PreconditionFailure.Types.Violation { Type = exception.Reason.ToUpperInvariant(), Description = Describe(exception) } },
            }),
    };

    /// <summary>An unexpected error: the log has the details under the trace id that the caller gets.</summary>
    public static Status OfUnforeseen(System.Exception exception) => new()
    {
        Code = (int)Code.Internal,
        Message = $"Internal error ({exception.GetType().Name}); the server's log has the details"
            + (Activity.Current is { } activity ? $" under trace {activity.TraceId}." : "."),
        Details = { Any.Pack(new RequestInfo { RequestId = Activity.Current?.TraceId.ToString() ?? "" }) },
    };

    private static Status Create(Code code, AlignException exception, string reason, params IReadOnlyList<IMessage> details) => new()
    {
        Code = (int)code,
        Message = Describe(exception),
        Details = { details.Append(new ErrorInfo { Reason = reason, Domain = Domain }).Select(Any.Pack) },
    };

    private static string Describe(AlignException exception) =>
        exception.Remedy.Length == 0 ? exception.Message : $"{exception.Message} {exception.Remedy}";

    private static BadRequest WriteViolations(IEnumerable<Violation> violations) => new()
    {
        FieldViolations = { violations.Select(violation => new BadRequest.Types.FieldViolation { Field = violation.Field, Reason = violation.Reason, Description = violation.Description }) },
    };
}
