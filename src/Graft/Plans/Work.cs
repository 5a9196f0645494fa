using System.Globalization;
using System.Text;

namespace Graft.Plans;

/// <summary>A part of a step's work.</summary>
/// <param name="Count">The images in the batch.</param>
/// <param name="Part">Which part.</param>
/// <param name="Parts">The number of parts.</param>
/// <param name="Scratch">Memory of this worker.</param>
/// <param name="Partials">Memory of all parts.</param>
/// <param name="Seed">The seed of the training's random choices.</param>
/// <param name="Step">The step of the training.</param>
/// <param name="Phase">The phase of the work.</param>
/// <param name="IsAgain">Whether a forward is run again for the backward: all that is known of the whole batch is there.</param>
internal readonly unsafe record struct Work(int Count, int Part, int Parts, nint Scratch, nint Partials, ulong Seed, ulong Step, int Phase, bool IsAgain)
{
    /// <summary>The worker's memory.</summary>
    public float* Memory => (float*)Scratch;

    /// <summary>The memory that parts add up in.</summary>
    public float* Sums => (float*)Partials;

    // What the compiler would write puts the pointers in boxes, which the compiler for programs ahead of time cannot.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Count = {Count}, Part = {Part}, Parts = {Parts}, Phase = {Phase}, IsAgain = {IsAgain}");
        return true;
    }
}
