namespace Graft.Vision.Checking;

/// <summary>An image that is checked.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">Its path from the folder that is checked, with slashes; of an image of another folder, that folder's path before it.</param>
/// <param name="Label">The index of its class in <see cref="CheckedImages.Classes"/>.</param>
/// <param name="Part">The part that it belongs to, as its folder is called: <c>train</c>, <c>val</c>; empty where the folder is not divided.</param>
/// <param name="IsHeldOut">Whether that part is to judge by, and not to learn from.</param>
public sealed record CheckedImage(string Path, string Name, int Label, string Part, bool IsHeldOut);
