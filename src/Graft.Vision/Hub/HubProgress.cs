namespace Graft.Vision.Hub;

/// <summary>How far a download has come.</summary>
/// <param name="File">The file, for example <c>model.safetensors</c>.</param>
/// <param name="Bytes">The bytes that are there and those of the whole file (0 where the hub does not say). The first report of a file tells how many were there before.</param>
/// <param name="Remark">What is worth a sentence: that the hub is busy, that it is tried again, that the cache is used instead. Empty otherwise.</param>
public readonly record struct HubProgress(string File, Completion Bytes, string Remark = "");
