/* The thread team. A forked child runs alone. */
#ifndef NI_THREADS_H
#define NI_THREADS_H

/* Does part `part` of `parts` of a job. */
typedef void ni_task(void *job, int part, int parts);

/* Run the task's parts on up to `threads` threads, more than one; the caller does part 0. */
void ni_form_team(int threads, ni_task *task, void *job);

/* The same for any number. One thread needs no team, and the compiler sees its only part. */
static inline void ni_run_team(int threads, ni_task *task, void *job)
{
    if (threads > 1)
        ni_form_team(threads, task, job);
    else
        task(job, 0, 1);
}

#endif
