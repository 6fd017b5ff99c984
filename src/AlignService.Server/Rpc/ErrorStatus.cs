using System.Data.Common;
using System.Diagnostics;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Sampling;
using AlignService.Jobs.Trials;
using AlignService.Server.Access;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;
using AlignService.Store.Rollouts;
using AlignService.Text;
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

    /// <summary>SQL's states of text that a database cannot hold.</summary>
    private const string NotInRepertoire = "22021", NotTranslatable = "22P05";

    public static Status Of(AlignException exception) => exception switch
    {
        InvalidRequestException invalid => Create(Code.InvalidArgument, invalid, "INVALID_REQUEST", WriteViolations(invalid.Violations, invalid.Count)),
        PageTokenException token => Create(Code.InvalidArgument, token, "PAGE_TOKEN_UNKNOWN", WriteViolations([new Violation("page_token", ViolationCode.Invalid, ShortText.Cut(token.Message))], 1)),
        JobNotFoundException missing => Create(
            Code.NotFound,
            missing,
            "JOB_NOT_FOUND",
            new ResourceInfo { ResourceType = JobType, ResourceName = missing.JobId.ResourceName, Description = missing.Message }),
        RolloutNotFoundException missing => Create(
            Code.NotFound, missing, "ROLLOUT_NOT_FOUND", new ResourceInfo { ResourceType = "align.v1/Rollout", Description = missing.Message }),
        RolloutFileException damaged => Create(Code.DataLoss, damaged, "ROLLOUT_FILE"),
        RequestIdReusedException reused => Create(
            Code.AlreadyExists,
            reused,
            "REQUEST_ID_REUSED",
            new ResourceInfo { ResourceType = "align.v1/Request", Description = reused.Message },
            WriteViolations([new Violation("request_id", ViolationCode.Invalid, ShortText.Cut(reused.Message))], 1)),
        QueueFullException full => Create(
            Code.ResourceExhausted,
            full,
            "QUEUE_FULL",
            new QuotaFailure { Violations = { new QuotaFailure.Types.Violation { Subject = "queued jobs", Description = full.Message } } }),
        InvalidTransitionException transition => Create(
            Code.FailedPrecondition,
            transition,
            "STATE",
            new PreconditionFailure { Violations = { new PreconditionFailure.Types.Violation { Type = "STATE", Subject = JobType, Description = ShortText.Cut(transition.Message) } } }),
        ResourceNotFoundException missing => Create(
            Code.NotFound, missing, "NOT_FOUND", new ResourceInfo { ResourceType = TypeOf(missing.Name), ResourceName = ShortText.Cut(missing.Name), Description = ShortText.Cut(missing.Message) }),
        UploadNotFoundException missing => Create(
            Code.NotFound, missing, "UPLOAD_NOT_FOUND", new ResourceInfo { ResourceType = "align.v1/Upload", ResourceName = missing.Name, Description = missing.Message }),
        ResourceExistsException exists => Create(
            Code.AlreadyExists, exists, "RESOURCE_EXISTS", new ResourceInfo { ResourceType = TypeOf(exists.Name.ResourceName), ResourceName = exists.Name.ResourceName, Description = exists.Message }),
        ResourceInUseException used => Create(
            Code.FailedPrecondition, used, "IN_USE", new PreconditionFailure { Violations = { new PreconditionFailure.Types.Violation { Type = "IN_USE", Subject = used.User, Description = used.Message } } }),
        ResourceQuotaException full => Create(
            Code.ResourceExhausted, full, "STORAGE_QUOTA", new QuotaFailure { Violations = { new QuotaFailure.Types.Violation { Subject = full.Collection, Description = full.Message } } }),
        UploadTakenOverException taken => Create(Code.Aborted, taken, "UPLOAD_TAKEN_OVER"),
        UploadIncompleteException open => Create(
            Code.FailedPrecondition, open, "UPLOAD_INCOMPLETE", new PreconditionFailure { Violations = { new PreconditionFailure.Types.Violation { Type = "UPLOAD_INCOMPLETE", Description = open.Message } } }),
        UnauthenticatedException unknown => Create(Code.Unauthenticated, unknown, "UNAUTHENTICATED"),
        PermissionDeniedException denied => Create(Code.PermissionDenied, denied, "PERMISSION_DENIED"),
        RateLimitedException limited => Create(
            Code.ResourceExhausted,
            limited,
            "RATE_LIMITED",
            new QuotaFailure { Violations = { new QuotaFailure.Types.Violation { Subject = "calls a minute", Description = limited.Message } } },
            new RetryInfo { RetryDelay = Duration.FromTimeSpan(limited.RetryAfter) }),
        JobInUseException used => Create(
            Code.FailedPrecondition,
            used,
            "IN_USE",
            new PreconditionFailure { Violations = { new PreconditionFailure.Types.Violation { Type = "IN_USE", Subject = JobType, Description = ShortText.Cut(used.Message) } } }),
        ModelProcessLostException lost => Create(Code.Unavailable, lost, "MODEL_PROCESS_LOST"),
        TrialLostException lost => Create(Code.Unavailable, lost, "TRIAL_LOST"),
        TrialsBusyException busy => Create(
            Code.ResourceExhausted, busy, "TRIALS_BUSY", new QuotaFailure { Violations = { new QuotaFailure.Types.Violation { Subject = "trials of rewards", Description = busy.Message } } }),
        ModelsBusyException busy => Create(
            Code.ResourceExhausted, busy, "MODELS_BUSY", new QuotaFailure { Violations = { new QuotaFailure.Types.Violation { Subject = "loaded models", Description = busy.Message } } }),
        StoreException store => Create(Code.Unavailable, store, "STORE"),
        LeaseLostException lost => Create(Code.Aborted, lost, "LEASE_LOST"),
        _ => Create(
            Code.FailedPrecondition,
            exception,
            exception.Reason.ToUpperInvariant(),
            new PreconditionFailure
            {
                Violations = { new PreconditionFailure.Types.Violation { Type = exception.Reason.ToUpperInvariant(), Description = ShortText.Cut(Describe(exception)) } },
            }),
    };

    /// <summary>A disk that takes nothing: whether to try again, and what to do first.</summary>
    public static Status OfDisk(StorageFault fault) => new()
    {
        Code = (int)Code.ResourceExhausted,
        Message = ErrorSize.Fit($"The server's disk is full, read-only or failing ({fault.Text}); the request was not carried out. Mend that and try again; an upload continues where it stopped."),
        Details = { Reason("DISK_FULL") },
    };

    /// <summary>What the store's driver reported: whether to try again, and what to do first.</summary>
    public static Status OfStore(DbException exception) => exception switch
    {
        StoreStorageException =>
            new() { Code = (int)Code.ResourceExhausted, Message = "The store's disk is full, read-only or failing; the request was not carried out. Mend that and try again.", Details = { Reason("STORE_FULL") } },
        { SqlState: NotInRepertoire or NotTranslatable } =>
            new() { Code = (int)Code.InvalidArgument, Message = "The request holds a character that the store cannot keep, such as NUL; leave it out.", Details = { Reason("INVALID_REQUEST") } },
        _ => new() { Code = (int)Code.Unavailable, Message = "The store does not answer or is locked; the request was not carried out. Try again.", Details = { Reason("STORE") } },
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
        Message = ErrorSize.Fit(Describe(exception)),
        Details = { details.Select(Any.Pack).Append(Reason(reason)) },
    };

    private static string TypeOf(string name) => name.Split('/')[0] switch
    {
        StoredName.Datasets => "align.v1/Dataset",
        StoredName.Models or "jobs" => "align.v1/StoredModel",
        _ => "",
    };

    private static Any Reason(string reason) => Any.Pack(new ErrorInfo { Reason = reason, Domain = Domain });

    private static string Describe(AlignException exception) =>
        exception.Remedy.Length == 0 ? exception.Message : $"{exception.Message} {exception.Remedy}";

    private static BadRequest WriteViolations(IReadOnlyList<Violation> violations, int count) => ErrorSize.Fit(
        [.. violations.Select(violation => new BadRequest.Types.FieldViolation { Field = violation.Field, Reason = violation.Reason, Description = violation.Description })], count);
}
